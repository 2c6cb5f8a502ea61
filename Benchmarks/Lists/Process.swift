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

    /// What one read of a mapped file at a random place takes, in nanoseconds of the processor, where each waits for
    /// the one before: the yardstick for look-ups, since it says how busy memory is.
    static func dependentRead(of path: String) -> Double {
        let descriptor = open(path, O_RDONLY)
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_size > 0,
            let start = mmap(nil, Int(status.st_size), PROT_READ, MAP_SHARED, descriptor, 0), start != MAP_FAILED
        else { return 0 }
        defer { munmap(start, Int(status.st_size)) }
        let bytes = UnsafeRawBufferPointer(start: start, count: Int(status.st_size))
        var sum = stride(from: 0, to: bytes.count, by: 4096).reduce(0 as UInt64) { $0 &+ UInt64(bytes[$1]) }
        var random = 88_172_645_463_325_252 as UInt64
        let reads = 1_000_000
        let begun = processorTime(ofThread: true)
        for _ in 0..<reads {
            random ^= random << 13
            random ^= random >> 7
            random ^= random << 17
            sum &+= UInt64(bytes[Int((random &+ sum & 1) % UInt64(bytes.count))])
        }
        let taken = (processorTime(ofThread: true) - begun) * 1e9 / Double(reads)
        // The sum is used, or nothing would be read.
        return sum == 0 ? 0 : taken
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
