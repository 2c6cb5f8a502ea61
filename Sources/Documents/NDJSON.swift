/// Reads newline-delimited JSON: one document a line, blank lines skipped. A fault names the line it stands in.
public func parseNDJSON(_ bytes: [UInt8]) throws(Faults) -> [Node] {
    var nodes: [Node] = []
    var faults: [Fault] = []
    for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
        if line.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) { continue }
        do throws(Faults) {
            nodes.append(try JSONParser.parse(Array(line)))
        } catch {
            for fault in error.all {
                faults.append(
                    Fault(
                        pointer: fault.pointer, mark: Mark(line: index + 1, column: Int(fault.mark.column)),
                        detail: fault.detail))
            }
        }
    }
    if !faults.isEmpty { throw Faults(Array(faults.prefix(100))) }
    return nodes
}
