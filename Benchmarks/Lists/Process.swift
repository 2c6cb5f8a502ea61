import Glibc

/// What Linux says of this process.
enum Process {
    /// Highest resident memory so far, in MiB.
    static var peakMemory: Int { (kilobytes("VmHWM:", in: "/proc/self/status").first ?? 0) / 1024 }

    /// Processor time so far of this process, or of the calling thread, in seconds.
    static func processorTime(ofThread: Bool) -> Double {
        var time = timespec()
        clock_gettime(ofThread ? CLOCK_THREAD_CPUTIME_ID : CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Resident memory of all mappings of a file, and this process's share of it, in MiB.
    static func mapped(_ name: String) -> (resident: Int, share: Int) {
        let text = contents("/proc/self/smaps")
        var isMine = false
        var (resident, share) = (0, 0)
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ", omittingEmptySubsequences: true)
            if words.first?.contains("-") == true { isMine = line.hasSuffix(name) }
            guard isMine, words.count > 1, let value = Int(words[1]) else { continue }
            if words[0] == "Rss:" { resident += value }
            if words[0] == "Pss:" { share += value }
        }
        return (resident / 1024, share / 1024)
    }

    /// Reads standard input to its end.
    static func readInput(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        // A larger pipe lets the writer run on while its numbers are taken in.
        _ = fcntl(0, 1031, 1 << 20)  // F_SETPIPE_SZ
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = read(0, buffer.baseAddress, buffer.count)
            guard count > 0 else { return }
            try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    static func write(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(1, $0.baseAddress, $0.count) }
            // The reader gave up.
            guard count > 0 else { exit(1) }
            rest = rest.dropFirst(count)
        }
    }

    private static func kilobytes(_ key: String, in path: String) -> [Int] {
        contents(path).split(separator: "\n").filter { $0.hasPrefix(key) }
            .compactMap { $0.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) } }
    }

    private static func contents(_ path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var text: [UInt8] = []
        while case let byte = fgetc(file), byte != EOF { text.append(UInt8(byte)) }
        return String(decoding: text, as: UTF8.self)
    }
}
