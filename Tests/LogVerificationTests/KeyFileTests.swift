import Documents
import Foundation
import GateTesting
import Testing

@testable import Gate

@Suite struct LogKeyTests {
    @Test func aKeyFileWithoutAKeyForTheLogGetsOneOnceAndKeepsAllElse() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/old.keys"
        _ = try KeyFile.open(path: path, mayCreate: true)
        let made = try JSONParser.parse([UInt8](Data(contentsOf: URL(fileURLWithPath: path))))
        guard case .object(let members) = made.value else { return #expect(Bool(false), "no object") }
        var old = JSONWriter()
        old.object { json in
            for member in members where member.name != "log" {
                json.name(member.name)
                json.node(member.node)
            }
        }
        try Data(old.bytes).write(to: URL(fileURLWithPath: path))
        chmod(path, 0o600)
        #expect(try KeyFile.open(path: path, mayCreate: false).logSeed == nil)
        let first = try KeyFile.open(path: path, mayCreate: false, addsLogKey: true).logSeed
        #expect(first?.count == 32)
        #expect(try KeyFile.open(path: path, mayCreate: false, addsLogKey: true).logSeed == first)
        let now = try JSONParser.parse([UInt8](Data(contentsOf: URL(fileURLWithPath: path))))
        for member in members where member.name != "log" { #expect(now[member.name]?.string == member.node.string) }
        var info = stat()
        #expect(stat(path, &info) == 0 && info.st_mode & 0o777 == 0o600)
    }

    @Test func anSM2KeyIsAddedOnceWhereItIsAskedForAndKeepsAllElse() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/a.keys"
        let made = try KeyFile.open(path: path, mayCreate: true)
        #expect(made.sm2Secret == nil && made.logSeed != nil)
        let before = try JSONParser.parse([UInt8](Data(contentsOf: URL(fileURLWithPath: path))))
        let first = try KeyFile.open(path: path, mayCreate: false, addsLogKey: true, addsSM2Key: true)
        #expect(first.sm2Secret?.count == 32 && first.logSeed == made.logSeed)
        let second = try KeyFile.open(path: path, mayCreate: false, addsSM2Key: true)
        #expect(second.sm2Secret == first.sm2Secret)
        #expect(try KeyFile.open(path: path, mayCreate: false).sm2Secret == first.sm2Secret)
        let now = try JSONParser.parse([UInt8](Data(contentsOf: URL(fileURLWithPath: path))))
        guard case .object(let members) = before.value else { return #expect(Bool(false), "no object") }
        for member in members { #expect(now[member.name]?.string == member.node.string) }
        // Both at once, in a file that has neither.
        let new = folder.path + "/b.keys"
        let both = try KeyFile.open(path: new, mayCreate: true, addsLogKey: true, addsSM2Key: true)
        #expect(both.logSeed != nil && both.sm2Secret != nil)
    }
}
