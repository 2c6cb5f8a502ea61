import Foundation
import Testing

@Suite struct FeedTests {
    private func site() throws -> Site {
        let site = try Site()
        try site.folder.write(
            "kept_by_gate: true\nregion: CN\nfeed: {url: \(site.folder.path)/registry.csv, every: 24h}\n",
            to: "blocklists/internal-dnc/list.yaml")
        return site
    }

    @Test func theServiceFetchesWhatIsDue() async throws {
        let site = try site()
        try site.folder.write("13800000001\n", to: "registry.csv")
        let service = try await site.serve()
        let path = site.folder.path + "/data/lists/internal-dnc/feed.json"
        for _ in 0..<600 where !FileManager.default.fileExists(atPath: path) { pause(50) }
        let shown = try site.run("list", "show", "internal-dnc")
        #expect(shown.out.contains("version 1") && shown.out.contains("feed: ") && shown.out.contains("last in order"))
        await service.end(SIGTERM)
        #expect(service.process.wait() == .exit(0))
    }

    @Test func aCommandFetchesOnceAndSaysWhatIsWrong() throws {
        let site = try site()
        let missing = try site.run("list", "fetch", "internal-dnc")
        #expect(missing.code == 3 && missing.err.contains("is not there"))
        try site.folder.write("13800000001\n", to: "registry.csv")
        let fetched = try site.run("list", "fetch", "internal-dnc")
        #expect(fetched.code == 0 && fetched.out.contains("last version 1"))
        #expect(try site.run("list", "fetch", "internal-dnc").out.contains("last version 1"))
        #expect(try site.run("list", "fetch", "internal-dnc", "--again").out.contains("last version 2"))
        let none = try site.run("list", "fetch", "deceased")
        #expect(none.code == 2 && none.err.contains("has no feed"))
    }
}
