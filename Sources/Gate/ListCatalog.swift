import Documents
import Foundation
import GateModel
import Numbering
import PolicyPack
import Suppression

/// The lists of the `blocklists` folder with their versions.
struct ListCatalog: Sendable {
    let blocklists: String
    let versions: ListFolder

    init(blocklists: String, data: String) {
        self.blocklists = blocklists
        versions = ListFolder(data: data)
    }

    /// Every definition: `blocklists/NAME/list.yaml`.
    ///
    /// - Throws: Everything that is wrong in every file.
    func definitions() throws(FileFaults) -> [String: ListDefinition] {
        var faults = FileFaults()
        var result: [String: ListDefinition] = [:]
        for name in ((try? FileManager.default.contentsOfDirectory(atPath: blocklists)) ?? []).sorted() {
            let path = "\(blocklists)/\(name)/list.yaml"
            guard let data = FileManager.default.contents(atPath: path) else { continue }
            let collector = FaultCollector(isLenient: true)
            do throws(Faults) {
                var reader = ObjectReader(try parseYAML(String(decoding: data, as: UTF8.self)), faults: collector)
                let definition = ListCatalog.definition(&reader, name: name)
                try collector.check()
                if let definition { result[name] = definition }
            } catch {
                faults.add("blocklists/\(name)/list.yaml", error.all)
            }
        }
        if !faults.entries.isEmpty { throw faults }
        return result
    }

    static func definition(_ reader: inout ObjectReader, name: String) -> ListDefinition? {
        let effect = reader.choice("effect", ["suppress", "exempt"]) ?? "suppress"
        let purposes = reader.strings("purposes") ?? ["all"]
        let products = reader.strings("products")
        let jurisdictions = reader.strings("jurisdictions")
        var greatestAge: Span?
        if let text = reader.string("greatest_age") {
            if text.hasSuffix("d"), let days = Int64(text.dropLast()), days > 0 {
                greatestAge = .days(days)
            } else if text.hasSuffix("h"), let hours = Int64(text.dropLast()), hours > 0 {
                greatestAge = .hours(hours)
            } else {
                reader.fault(at: "greatest_age", "`\(text)` is no length of time; write 31d or 24h")
            }
        }
        let entries = reader.choice("entries", ["plain", "dated"]) ?? "plain"
        let coverage = reader.choice("coverage", ["complete", "prefixes", "asked"]) ?? "complete"
        let keptByGate = reader.boolean("kept_by_gate") ?? false
        let region = reader.string("region")
        let needsApproval = reader.boolean("needs_approval") ?? (effect == "exempt")
        _ = reader.localisedTitle()
        reader.close()
        do {
            return try ListDefinition(
                name: name, effect: effect == "exempt" ? .exempt : .suppress, purposes: purposes, products: products,
                jurisdictions: jurisdictions, greatestAge: greatestAge, entries: entries == "dated" ? .dated : .plain,
                coverage: .init(rawValue: coverage) ?? .complete, keptByGate: keptByGate, region: region,
                needsApproval: needsApproval)
        } catch {
            reader.fault("\(error)")
            return nil
        }
    }

    /// The lists with the versions that the registry says are active.
    func active(_ versionsByList: [String: Int]) throws -> [String: ActiveList] {
        var result: [String: ActiveList] = [:]
        for (name, definition) in try definitions() {
            guard let number = versionsByList[name] else {
                result[name] = ActiveList(definition: definition, version: nil, snapshot: nil)
                continue
            }
            let version = try versions.version(number, of: name)
            result[name] = ActiveList(definition: definition, version: version, snapshot: try versions.open(version))
        }
        return result
    }

    /// How a list's lines are read: as numbers of its region.
    static func normaliser(_ definition: ListDefinition, _ policy: LoadedPolicy) -> @Sendable (String) -> E164? {
        let numbers = policy.numbers
        let region = definition.region
        return { text in
            let reading = numbers.read(text, region: region)
            return reading.type == .invalid ? nil : reading.e164
        }
    }
}

extension ObjectReader {
    /// A title that people read and the gate does not.
    fileprivate mutating func localisedTitle() -> Bool {
        guard var title = object("title") else { return false }
        _ = (title.string("en"), title.string("zh"))
        title.close()
        return true
    }
}

extension ListVersion {
    /// The body that the interface shows.
    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("list", list)
            json.member("version", number)
            json.member("state", state.rawValue)
            json.member("mode", mode.rawValue)
            json.member("as_of", asOf.rfc3339)
            json.member("source", sourceName)
            json.member("uploaded_by", uploadedBy)
            json.member("lines", counts.lines)
            json.member("accepted", counts.accepted)
            json.member("duplicates", counts.duplicates)
            json.member("rejected", counts.rejected)
            json.member("entries", entries)
            json.member("sha256", upload?.sha256)
            json.member("bytes", upload?.bytes)
            json.name("progress")
            json.raw(Array((state == .receiving ? "0.0" : state == .checking ? "0.9" : "1.0").utf8))
            json.member("reason", rejection)
        }
    }
}
