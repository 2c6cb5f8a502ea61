// swift-tools-version: 6.1
import PackageDescription

// The arrows between modules. `docs/life-of-a-call.md` draws them; the build checks them
// (`--explicit-target-dependency-import-check error`, see the Makefile).
let package = Package(
    name: "callgate",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "callgate", targets: ["callgate"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-configuration.git", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.0"),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache.git", from: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit.git", from: "5.7.0"),
    ],
    targets: [
        // C libraries from Debian.
        .target(name: "CPhoneNumber", linkerSettings: [.linkedLibrary("phonenumber")]),
        .systemLibrary(name: "CRoaring"),
        .systemLibrary(name: "CMalloc"),
        .systemLibrary(name: "CZlib"),
        .systemLibrary(name: "CZstd"),
        .target(name: "COpenSSL", linkerSettings: [.linkedLibrary("crypto")]),
        .target(name: "CCurl", linkerSettings: [.linkedLibrary("curl")]),

        // The pure core: no I/O, no clock.
        .target(name: "Documents"),
        .target(name: "GateModel"),
        .target(name: "Calendars", dependencies: ["GateModel", crypto]),
        .target(name: "Numbering", dependencies: ["GateModel", "CPhoneNumber"]),
        .target(name: "RuleEngine", dependencies: ["GateModel", "Calendars"]),
        .target(name: "Ledger", dependencies: ["GateModel", crypto]),
        .target(name: "Transparency", dependencies: ["COpenSSL", crypto]),
        // Judges what the log's writer made; of Transparency it takes the hash alone (scripts/check).
        .target(name: "LogAudit", dependencies: ["Transparency", "COpenSSL", crypto]),

        // The same over a stored log; it shares no more with the gate.
        .target(
            name: "LogVerification",
            dependencies: [
                "LogAudit", "Transparency", "COpenSSL", "CZstd", crypto,
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ]),

        // Files in, checked values out.
        .target(
            name: "PolicyPack",
            dependencies: [
                "Documents", "GateModel", "Calendars", "Numbering", "RuleEngine", crypto,
                .product(name: "Yams", package: "Yams"),
            ]),
        .target(name: "Tables", dependencies: ["CZlib", "CZstd"]),
        .target(name: "Suppression", dependencies: ["GateModel", "Tables", "CRoaring", crypto]),

        .target(name: "Feeds", dependencies: ["Documents", "GateModel", "CCurl", crypto]),

        .target(
            name: "SignOn",
            dependencies: [
                "Documents", "GateModel", "CCurl", crypto, .product(name: "JWTKit", package: "jwt-kit"),
            ]),

        // Outside witnesses of the log.
        .target(name: "Witnesses", dependencies: ["Transparency", "CCurl"]),

        // Storage: the protocol, then the drivers.
        .target(name: "Storage", dependencies: ["GateModel", "Ledger"]),
        .target(
            name: "StorageSQLite",
            dependencies: [
                "Storage", "GateModel", "Ledger", "CZstd", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ]),

        // The pipe, and its shells.
        .target(
            name: "Gate",
            dependencies: [
                "Documents", "GateModel", "Calendars", "Numbering", "RuleEngine", "PolicyPack", "Suppression", "Tables",
                "Feeds", "Ledger", "Storage", "Transparency", "Witnesses", crypto, logging, metrics,
                .product(name: "CryptoExtras", package: "swift-crypto"),
            ],
            resources: [.embedInCode("words.txt")]),
        .target(
            name: "Console",
            dependencies: [
                "Gate", "Documents", "GateModel", "Calendars", "RuleEngine", "Suppression", "SignOn", crypto, logging,
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Mustache", package: "swift-mustache"),
            ],
            resources: [
                .embedInCode("console.css"), .embedInCode("console.js"), .embedInCode("texts.txt"),
                .embedInCode("faults.txt"),
            ]),
        .target(
            name: "GateAPI",
            dependencies: [
                "Gate", "Documents", "GateModel", "Calendars", "PolicyPack", "RuleEngine", "Suppression", "Feeds",
                logging,
                metrics,
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            resources: [.embedInCode("openapi.yaml")]),
        .executableTarget(
            name: "callgate",
            dependencies: [
                "CMalloc",
                "Documents", "GateModel", "Calendars", "Numbering", "RuleEngine", "PolicyPack", "Suppression", "Ledger",
                "Storage", "StorageSQLite", "Feeds", "Gate", "GateAPI", "Console", "SignOn", "LogVerification",
                "Transparency", "Witnesses",
                crypto, logging,
                metrics,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),

        .testTarget(name: "CalendarsTests", dependencies: ["Calendars", "GateModel", "GateTesting"]),
        .testTarget(name: "NumberingTests", dependencies: ["Numbering", "GateModel"]),
        .testTarget(
            name: "RuleEngineTests",
            dependencies: [
                "Documents", "GateModel", "Calendars", "Numbering", "RuleEngine", "PolicyPack", "GateTesting",
            ]),
        .testTarget(
            name: "PolicyPackTests",
            dependencies: [
                "Documents", "GateModel", "Calendars", "Numbering", "RuleEngine", "PolicyPack", "GateTesting",
            ]),
        .testTarget(name: "TablesTests", dependencies: ["Tables"], exclude: ["Fixtures"]),
        .testTarget(name: "SuppressionTests", dependencies: ["Suppression", "Tables", "GateModel"]),
        .testTarget(
            name: "FeedsTests", dependencies: ["Feeds", "GateModel", "GateTesting", crypto], exclude: ["Servers"]),
        .testTarget(
            name: "GateAPITests",
            dependencies: [
                "GateAPI", "Gate", "GateModel", "Documents", "PolicyPack", "StorageSQLite", "Storage", "Ledger",
                "Calendars",
                "GateTesting", "Transparency", "Witnesses", logging, metrics,
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),

        .testTarget(
            name: "TransparencyTests", dependencies: ["Transparency", "GateTesting"], exclude: ["reference.py"]),
        .testTarget(name: "WitnessesTests", dependencies: ["Witnesses", "Transparency", "GateTesting"]),
        .testTarget(
            name: "LogAuditTests", dependencies: ["LogAudit", "Transparency", "Ledger", "GateModel", "GateTesting"]),
        .testTarget(name: "LedgerTests", dependencies: ["Ledger", "GateModel", "GateTesting"]),
        .testTarget(
            name: "StorageTests",
            dependencies: [
                "StorageSQLite", "Storage", "Ledger", "GateModel", "GateTesting",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        .testTarget(
            name: "GateTests",
            dependencies: [
                "Gate", "StorageSQLite", "Storage", "Ledger", "RuleEngine", "PolicyPack", "Suppression", "Feeds",
                "Calendars",
                "Documents", "GateModel", "GateTesting", "LogVerification", "Transparency", crypto,
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        .testTarget(
            name: "LogVerificationTests",
            dependencies: [
                "LogVerification", "Gate", "Documents", "StorageSQLite", "Storage", "Ledger", "GateModel",
                "Transparency", "Witnesses",
                "GateTesting", .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        .testTarget(
            name: "ConsoleTests",
            dependencies: [
                "Console", "Gate", "GateModel", "SignOn", "StorageSQLite", "GateTesting", logging,
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
            ]),
        .testTarget(
            name: "SignOnTests",
            dependencies: [
                "SignOn", "Documents", "GateModel", .product(name: "JWTKit", package: "jwt-kit"),
            ]),
        .testTarget(name: "LiveTests", dependencies: ["Documents", "GateTesting", "Transparency"]),

        // What tests share: fixed clock, builders, the fault-injecting store, the storage conformance suite.
        .target(
            name: "GateTesting",
            dependencies: [
                "Documents", "GateModel", "Calendars", "RuleEngine", "PolicyPack", "Storage", "Ledger", "Gate",
                "Transparency",
                logging,
            ]),
        .executableTarget(
            name: "bench-echo",
            dependencies: [.product(name: "Hummingbird", package: "hummingbird")],
            path: "Benchmarks/EchoServer"),
        .executableTarget(
            name: "bench-lists",
            dependencies: ["Calendars", "GateModel", "Numbering", "PolicyPack", "Suppression"],
            path: "Benchmarks/Lists"),
        .executableTarget(
            name: "bench-evaluate",
            dependencies: ["Calendars", "GateModel", "PolicyPack", "RuleEngine"],
            path: "Benchmarks/Evaluate"),
        .executableTarget(
            name: "bench-search",
            dependencies: ["Calendars", "Gate", "GateModel", "GateTesting", "StorageSQLite", logging],
            path: "Benchmarks/Search"),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)

private var crypto: Target.Dependency { .product(name: "Crypto", package: "swift-crypto") }
private var logging: Target.Dependency { .product(name: "Logging", package: "swift-log") }
private var metrics: Target.Dependency { .product(name: "Metrics", package: "swift-metrics") }
