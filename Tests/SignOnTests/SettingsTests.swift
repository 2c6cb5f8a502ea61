import GateModel
import Testing

@testable import SignOn

@Suite struct SettingsTests {
    private let whole = [
        "issuer": "https://id.example", "client.id": "callgate", "url": "https://gate.example/",
        "roles": "gate-compliance=compliance, gate-ops=operations",
    ]

    @Test func theFirstGroupThatHasARoleDecides() throws {
        let settings = try #require(try ProviderSettings { whole[$0] })
        #expect(settings.redirect == "https://gate.example/console/sign-in/return")
        #expect(settings.role(of: ["gate-ops", "gate-compliance"]) == .compliance)
        #expect(settings.role(of: ["gate-ops"]) == .operations)
        #expect(settings.role(of: ["staff"]) == nil && settings.role(of: []) == nil)
    }

    @Test func nothingIsSetWithoutAnIssuer() throws { #expect(try ProviderSettings { _ in nil } == nil) }

    @Test(arguments: ["client.id", "url", "roles"])
    func whatIsMissingIsNamed(_ name: String) {
        #expect { try ProviderSettings { $0 == name ? nil : whole[$0] } } throws: { "\($0)".contains("`\(name)`") }
    }

    @Test(arguments: [
        ("issuer", "http://id.example"), ("issuer", "ftp://id.example"), ("issuer", "http://localhost.example"),
        ("issuer", "http://127.0.0.1@id.example"), ("url", "http://gate.example"), ("roles", "staff"),
        ("roles", "staff=king"),
    ])
    func whatIsWrongIsRefused(_ name: String, _ value: String) {
        #expect(throws: ProviderSettingsFault.self) { try ProviderSettings { $0 == name ? value : whole[$0] } }
    }

    @Test func thisMachineNeedsNoCertificate() {
        for address in ["http://127.0.0.1:5000", "http://localhost", "http://[::1]:80/x", "https://id.example"] {
            #expect(ProviderSettings.isSafe(address), "\(address)")
        }
    }
}
