import ArgumentParser
import Calendars
import Configuration
import Dispatch
import Foundation
import Gate
import GateModel
import Logging
import PolicyPack
import SignOn
import Storage
import StorageSQLite
import Witnesses

/// Where the files are. Each from the command line, else from the environment, else from a file, else its default.
struct Options: ParsableArguments {
    @Option(help: "The data folder (CALLGATE_DATA; default ./data).") var data: String?
    @Option(help: "The policy folder (CALLGATE_POLICY; default ./policy).") var policy: String?
    @Option(help: "The folder of list definitions (CALLGATE_BLOCKLISTS; default ./blocklists).") var blocklists: String?
    @Option(help: "The key file (CALLGATE_KEYS; default the data folder's name with .keys).") var keys: String?
    @Option(help: "The region of national numbers that name none (CALLGATE_DEFAULT_REGION).") var defaultRegion: String?
    @Option(help: "A JSON file {\"callgate\": {\"data\": …}} with the same settings (CALLGATE_CONFIG).") var config:
        String?

    /// Everything resolved.
    struct Resolved {
        var data: String
        var policy: String
        var blocklists: String
        var keys: String
        var defaultRegion: String?
        var store: String
        var listen: String
        var logOrigin: String?
        var candidates: String?
        /// What is set of the company's OpenID Connect provider, by name.
        var signOn: [String: String]
        /// Months that ended so many days ago are moved into segments; nil for never.
        var segmentAfterDays: Int?
        /// Who is asked to cosign checkpoints.
        var witnesses: [Witness]
        /// Whether the service gives the log an SM2 key.
        var sm2: Bool
    }

    func resolve(
        store: String? = nil, listen: String? = nil, logOrigin: String? = nil, candidates: String? = nil,
        segmentAfterDays: String? = nil, witnesses: [String] = [],
        sm2: Bool = false
    ) async throws -> Resolved {
        let environment = EnvironmentVariablesProvider()
        var providers: [any ConfigProvider] = [environment]
        if let path = config ?? ConfigReader(provider: environment).string(forKey: "callgate.config") {
            do {
                providers.append(try await FileProvider<JSONSnapshot>(filePath: .init(path)))
            } catch {
                throw Failure.input("the configuration file \(path) cannot be used: \(error)")
            }
        }
        let reader = ConfigReader(providers: providers)
        func value(_ flag: String?, _ name: String) -> String? {
            flag ?? reader.string(forKey: ConfigKey("callgate.\(name)"))
        }
        let data = value(data, "data") ?? "./data"
        var signOn: [String: String] = [:]
        for name in [
            "issuer", "client.id", "client.secret", "client.secret.file", "url", "roles", "groups", "name", "scopes",
        ] {
            signOn[name] = reader.string(forKey: ConfigKey("callgate.oidc.\(name)"), isSecret: name.contains("secret"))
        }
        let days = value(segmentAfterDays, "segment.after.days")
        if let days, !(0...36_500).contains(Int(days) ?? -1) {
            throw Failure.input("--segment-after-days must be a number of days")
        }
        let named = witnesses.isEmpty ? reader.stringArray(forKey: ConfigKey("callgate.witnesses")) ?? [] : witnesses
        let asked: [Witness]
        do throws(WitnessSettingFault) {
            asked = try named.map { text throws(WitnessSettingFault) in try Witness(text) }
        } catch {
            throw Failure.input("\(error)")
        }
        guard Set(asked.map(\.key)).count == asked.count else { throw Failure.input("a witness is named twice") }
        return Resolved(
            data: data, policy: value(policy, "policy") ?? "./policy",
            blocklists: value(blocklists, "blocklists") ?? "./blocklists",
            keys: value(keys, "keys") ?? data + ".keys", defaultRegion: value(defaultRegion, "default.region"),
            store: value(store, "store") ?? "sqlite:\(data)", listen: value(listen, "listen") ?? "127.0.0.1:8080",
            logOrigin: value(logOrigin, "log.origin"), candidates: value(candidates, "candidates"),
            signOn: signOn, segmentAfterDays: days.flatMap { Int($0) }, witnesses: asked,
            sm2: sm2 || reader.bool(forKey: ConfigKey("callgate.sm2")) ?? false)
    }
}

extension Options.Resolved {
    /// The zone data of the system; refused where it is too old.
    func zones() throws -> ZoneDatabase {
        do { return try ZoneDatabase() } catch { throw Failure.gate("\(error)") }
    }

    func loadPolicy() throws -> LoadedPolicy {
        let zones = try zones()
        do {
            return try PolicyFiles(folder: policy).load(
                zones: zones, tzdata: zones.version, defaultRegion: defaultRegion)
        } catch {
            throw Failure.input("\(error)")
        }
    }

    /// The company's provider; nil where none is set.
    func provider() throws -> Provider? {
        var signOn = signOn
        if let path = signOn["client.secret.file"] {
            guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
                throw Failure.input("the file of the client's secret, \(path), cannot be read")
            }
            signOn["client.secret"] = text.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        do { return try ProviderSettings { signOn[$0] }.map(Provider.init) } catch {
            throw Failure.input("the settings callgate.oidc are wrong:\n\(error)")
        }
    }

    var hasStore: Bool { FileManager.default.fileExists(atPath: storeFolder + "/log.sqlite") }

    var storeFolder: String { store.hasPrefix("sqlite:") ? String(store.dropFirst(7)) : data }

    /// Opens the instance of the data folder, making it where there is none.
    ///
    /// - Parameter isService: Whether it extends and signs the log.
    func openGate(logger: Logger? = nil, isService: Bool = false, toleratesFaults: Bool = false) throws -> Gate {
        guard store.hasPrefix("sqlite:") else {
            throw Failure.gate("this version stores in SQLite only; give --store sqlite:PATH")
        }
        do {
            let isNew = !hasStore
            let keyFile = try KeyFile.open(
                path: keys, mayCreate: isNew, addsLogKey: isService, addsSM2Key: isService && sm2)
            let store = try SQLiteStore(folder: storeFolder)
            var quiet = Logger(label: "callgate")
            quiet.logLevel = .error
            var options = GateOptions(
                data: data, policy: policy, blocklists: blocklists, defaultRegion: defaultRegion)
            options.logOrigin = logOrigin
            options.candidates = candidates
            options.toleratesFaults = toleratesFaults
            options.witnesses = witnesses
            return try Gate(
                options: options,
                store: store, keyFile: keyFile, zones: try zones(), clock: { wallClock() }, logger: logger ?? quiet)
        } catch let failure as Failure {
            throw failure
        } catch let faults as FileFaults {
            throw Failure.input("\(faults)")
        } catch {
            throw Failure.gate("\(error)")
        }
    }

    /// Opens the instance, does something with it, and stops it again. A running service may hold it open too.
    ///
    /// - Parameter toleratesFaults: As in ``GateOptions``.
    func withGate<T>(toleratesFaults: Bool = false, _ body: (Gate) async throws -> T) async throws -> T {
        let gate = try openGate(toleratesFaults: toleratesFaults)
        try gate.start()
        defer { gate.stop() }
        return try await body(gate)
    }

    /// Refuses a data folder without a log, where a command must not make one.
    func requireStore() throws {
        guard hasStore else {
            throw Failure.gate("there is no log in \(storeFolder); name the data folder with --data")
        }
    }

    /// Works on a thread where it may block. What goes wrong ends the command with exit code 3.
    func aside<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
        do {
            return try await withCheckedThrowingContinuation { continuation in
                DispatchQueue.global(qos: .utility).async { continuation.resume(with: Result { try work() }) }
            }
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure.gate("\(error)")
        }
    }

    /// Opens the instance, where there is one, and works with it on a thread where it may block.
    func working<T: Sendable>(_ body: @escaping @Sendable (Gate) throws -> T) async throws -> T {
        try requireStore()
        return try await withGate { gate in try await aside { try body(gate) } }
    }
}

/// The only place where the time of day is read.
func wallClock() -> Instant {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Instant(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
}

/// Who acts at the command line.
struct ActorOptions: ParsableArguments {
    @Option(help: "Who acts; approvals need two owners (default: the user's name).") var owner: String?

    var key: APIKey { APIKey.commandLine(owner: owner ?? ActorOptions.user) }

    /// As the session says, else as the operating system does: timers and containers set no `USER`.
    private static var user: String {
        if let name = ProcessInfo.processInfo.environment["USER"], !name.isEmpty { return name }
        return getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) } ?? "cli"
    }
}

extension Result where Failure == GateError {
    /// The value, or the end of the command.
    func orFail() throws -> Success {
        switch self {
        case .success(let value): return value
        case .failure(.invalid(let faults)): throw CallGateFailure.input("\(faults)")
        case .failure(.forbidden(let why)), .failure(.notFound(let why)): throw CallGateFailure.input(why)
        case .failure(.conflict(_, let why, _)): throw CallGateFailure.input(why)
        case .failure(.unavailable(let why)): throw CallGateFailure.gate(why)
        }
    }
}

/// Inside an extension of `Result`, `Failure` is its own type.
private typealias CallGateFailure = callgate.Failure
