import Documents
import Feeds
import Foundation
import GateModel
import Numbering
import PolicyPack
import Suppression
import Tables

/// The lists of the `blocklists` folder with their versions.
struct ListCatalog: Sendable {
    let blocklists: String
    let versions: ListFolder
    let damaged = DamagedIndexes()

    init(blocklists: String, data: String) {
        self.blocklists = blocklists
        versions = ListFolder(data: data)
    }

    /// Every definition: `blocklists/NAME/list.yaml`.
    ///
    /// - Throws: Everything that is wrong in every file.
    func definitions() throws(FileFaults) -> [String: ListDefinition] { try read().lists }

    /// Every definition, and the feeds that they name.
    ///
    /// - Throws: Everything that is wrong in every file.
    func read() throws(FileFaults) -> (lists: [String: ListDefinition], feeds: [String: FeedDefinition]) {
        var faults = FileFaults()
        var result: [String: ListDefinition] = [:]
        var feeds: [String: FeedDefinition] = [:]
        for name in ((try? FileManager.default.contentsOfDirectory(atPath: blocklists)) ?? []).sorted() {
            let path = "\(blocklists)/\(name)/list.yaml"
            guard let data = FileManager.default.contents(atPath: path) else { continue }
            let collector = FaultCollector(isLenient: true)
            do throws(Faults) {
                var reader = ObjectReader(try parseYAML(String(decoding: data, as: UTF8.self)), faults: collector)
                let feed = reader.feed(of: "\(blocklists)/\(name)")
                let definition = ListCatalog.definition(&reader, name: name)
                try collector.check()
                if let definition { result[name] = definition }
                feeds[name] = feed
            } catch {
                faults.add("blocklists/\(name)/list.yaml", error.all)
            }
        }
        if !faults.entries.isEmpty { throw faults }
        return (result, feeds)
    }

    /// The same beside what the log says is in force. A definition that is gone, with all of its folder perhaps, must not
    /// make the list's numbers callable.
    ///
    /// - Throws: Everything that is wrong in every file, and a missing one of a list that holds entries.
    func read(inForce activations: [String: ListActivation]) throws(FileFaults) -> (
        lists: [String: ListDefinition], feeds: [String: FeedDefinition]
    ) {
        let result = try read()
        var faults = FileFaults()
        for (name, activation) in activations.sorted(by: { $0.key < $1.key }) where result.lists[name] == nil {
            if (try? versions.version(activation.version, of: name))?.entries == 0 { continue }
            faults.add(
                "blocklists/\(name)/list.yaml",
                "is missing while version \(activation.version) of the list is in force; put it back, or remove the "
                    + "list's entries first")
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
        let approvers = reader.strings("approvers") ?? ["operations", "compliance"]
        if approvers.isEmpty || !Set(approvers).isSubset(of: ["operations", "compliance"]) {
            reader.fault(at: "approvers", "names roles: operations, compliance, or both")
        }
        let mostDropped = reader.share("most_dropped") ?? 0.05
        let reading = reader.listReading()
        let allowsCountryPrefixes = reader.boolean("allows_country_prefixes") ?? false
        var accepts: [NumberPrefix]?
        if let words = reader.strings("accepts") {
            accepts = words.compactMap(NumberPrefix.init)
            if accepts?.count != words.count {
                reader.fault(at: "accepts", "must be prefixes with a plus, such as \"+86\"")
            }
        }
        _ = reader.localisedTitle()
        reader.close()
        do {
            return try ListDefinition(
                name: name, effect: effect == "exempt" ? .exempt : .suppress, purposes: purposes, products: products,
                jurisdictions: jurisdictions, greatestAge: greatestAge, entries: entries == "dated" ? .dated : .plain,
                coverage: .init(rawValue: coverage) ?? .complete, keptByGate: keptByGate, region: region,
                needsApproval: needsApproval, approvers: approvers, mostDropped: mostDropped, reading: reading,
                allowsCountryPrefixes: allowsCountryPrefixes, accepts: accepts)
        } catch {
            reader.fault("\(error)")
            return nil
        }
    }

    /// The lists with what the log says is in force. A version that cannot be read leaves its list without an index, so
    /// that calls which depend on it are denied, and harms no other list.
    ///
    /// - Parameter open: Lists that are open already; one of the same index is not opened again.
    func active(
        _ definitions: [String: ListDefinition], _ activations: [String: ListActivation],
        reusing open: [String: ActiveList]
    ) -> [String: ActiveList] {
        var result: [String: ActiveList] = [:]
        for (name, definition) in definitions {
            var list = ActiveList(definition: definition, activation: activations[name])
            if let activation = list.activation {
                do {
                    list.version = try versions.version(activation.version, of: name)
                    if let index = activation.index, let reason = damaged.reason(name, index) {
                        list.problem = reason
                    } else if let known = open[name], known.activation?.index == activation.index,
                        let snapshot = known.snapshot,
                        known.definition == definition
                    {
                        list.snapshot = snapshot
                    } else if let index = activation.index {
                        list.snapshot = try versions.open(try versions.version(index, of: name))
                    } else {
                        list.snapshot = ListSnapshot(emptyFor: definition)
                    }
                } catch {
                    list.problem = "version \(activation.version) cannot be read: \(error)"
                }
            }
            result[name] = list
        }
        return result
    }

    /// How a list's lines are read: as numbers of its region.
    static func normaliser(_ definition: ListDefinition, _ policy: LoadedPolicy) -> @Sendable (String) -> E164? {
        let numbers = policy.numbers
        let region = definition.region
        return { text in numbers.callable(text, region: region) }
    }

    /// The same for bytes, where no text is needed to know.
    static func shortcut(
        _ definition: ListDefinition, _ policy: LoadedPolicy
    ) -> @Sendable (UnsafeRawBufferPointer) -> E164? {
        BulkNumbers(policy.numbers, region: definition.region).callable
    }
}

extension ObjectReader {
    /// A share such as `5%`.
    mutating func share(_ name: String) -> Double? {
        guard let text = string(name) else { return nil }
        if text.hasSuffix("%"), let percent = Double(text.dropLast()), (0...100).contains(percent) {
            return percent / 100
        }
        fault(at: name, "`\(text)` is no share; write `5%`")
        return nil
    }

    /// How the files of a list are read: `format`, `encoding`, `sheet`, `phone_column` and `bad_lines`.
    fileprivate mutating func listReading() -> ImportOptions {
        var options = ImportOptions(format: choice("format", ImportOptions.Format.self))
        options.phoneColumn = string("phone_column")
        options.sheet = string("sheet")
        if let name = string("encoding") {
            options.encoding = TextEncoding(name: name)
            if options.encoding == nil {
                let known = TextEncoding.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
                fault(at: "encoding", "`\(name)` is no encoding that is read; write one of \(known), or leave it out")
            }
        }
        options.maximumRejectedShare = share("bad_lines")
        return options
    }

    /// A title that people read and the gate does not.
    fileprivate mutating func localisedTitle() -> Bool {
        guard var title = object("title") else { return false }
        _ = (title.string("en"), title.string("zh"))
        title.close()
        return true
    }
}
