import Documents
import GateModel
import Numbering

/// Reads `numbering.yaml` of a region.
///
/// - Parameter file: Gives the text of a file beside it, nil where there is none.
func readNumberPlan(_ reader: inout ObjectReader, file: (String) -> String?) -> NumberPlan? {
    let region = reader.requireString("region")
    let country = reader.string("country")
    let callingCode = reader.integer("calling_code", in: 1...999) ?? 0
    let zones = reader.strings("zones") ?? []
    let strip = reader.strings("strip") ?? []
    let requireAreaCode = reader.boolean("require_area_code") ?? false
    var areaCodes: [NumberPlan.AreaCode] = []
    if let name = reader.string("area_codes") {
        if let text = file(name) {
            do { areaCodes = try AreaCodeTable.parse(csv: text) } catch {
                reader.fault(at: "area_codes", "\(name): \(error)")
            }
        } else {
            reader.fault(at: "area_codes", "there is no file `\(name)` beside this one")
        }
    }
    var ranges: [NumberPlan.Range] = []
    for var object in reader.objects("ranges") ?? [] {
        let prefixes = object.requireStrings("prefixes").flatMap { text -> [String] in
            do { return try NumberPlan.expandPrefixes(text) } catch {
                object.fault(at: "prefixes", "\(error)")
                return []
            }
        }
        let lengths = (object.array("lengths") ?? []).compactMap { element -> Int? in
            guard case .number(let text) = element.node.value, let value = Int(text), (1...24).contains(value) else {
                object.faults.add(element.pointer, element.node.mark, "must be a number of digits, 1…24")
                return nil
            }
            return value
        }
        let type = object.string("type").map(NumberType.init(_:))
        let category = object.string("category")
        let callable = object.boolean("callable") ?? true
        _ = object.string("source")
        _ = object.string("confidence")
        object.close()
        ranges.append(
            NumberPlan.Range(
                prefixes: prefixes, lengths: Set(lengths), type: type, category: category, callable: callable))
    }
    reader.close()
    guard !region.isEmpty, callingCode > 0 else { return nil }
    do {
        return try NumberPlan(
            region: region, country: country, callingCode: callingCode, strip: strip, ranges: ranges,
            areaCodes: areaCodes, zones: zones,
            requireAreaCode: requireAreaCode)
    } catch {
        reader.fault("\(error)")
        return nil
    }
}
