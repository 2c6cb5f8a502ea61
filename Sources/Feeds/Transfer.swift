import CCurl
import GateModel

/// One file by https, sftp or ftps: limits, conditions, and going on where a transfer broke off.
struct Transfer {
    let handle: CurlHandle
    let definition: FeedDefinition
    let url: String
    let deadline: ContinuousClock.Instant
    /// Seconds.
    let patience: Int
    let isCancelled: () -> Bool

    /// What the source said of the file that is being received.
    private struct Offer {
        var validators: Validators
        /// HTTP's, for going on: an entity tag that is not weak, else the time of change.
        var condition: String?
    }

    private final class Progress {
        let file: ReceivedFile
        var offer: Offer?
        /// Whether this part has begun to come.
        var hasBegun = false
        var isUnchanged = false
        /// Whether the source no longer holds the file of which a part is here.
        var isAnother = false
        init(_ file: ReceivedFile) { self.file = file }
    }

    private var isHTTP: Bool { definition.source.scheme == .https }

    /// - Throws: ``FeedError``; then nothing is left at `path`.
    func run(to path: String, known: Validators) throws(FeedError) -> FetchResult {
        let progress = Progress(try ReceivedFile(path))
        var resumptions = 0
        while true {
            let from = progress.file.length
            do throws(FeedError) {
                if try part(progress, known: known) { return .unchanged }
                break
            } catch {
                if progress.isUnchanged { return .unchanged }
                guard isBroken(error), progress.isAnother || progress.file.length > from,
                    resumptions < Fetcher.mostResumptions
                else { throw told(error, progress) }
                resumptions += 1
                if progress.isAnother || !canResume(progress) {
                    try progress.file.startAfresh()
                    progress.offer = nil
                }
            }
        }
        guard progress.file.length > 0, let offer = progress.offer else { throw .empty }
        if let bytes = offer.validators.bytes, bytes != progress.file.length {
            throw .truncated(received: progress.file.length, expected: bytes)
        }
        if !isHTTP { try lookAgain(offer.validators) }
        var validators = offer.validators
        validators.bytes = progress.file.length
        return .fetched(Fetched(file: progress.file, validators: validators))
    }

    /// Receives the file, or the rest of it.
    ///
    /// - Returns: Whether the source said that nothing changed.
    private func part(_ progress: Progress, known: Validators) throws(FeedError) -> Bool {
        let from = progress.file.length
        try prepare()
        var headers: [String] = []
        try handle.set(CURLOPT_RANGE, nil)
        try handle.set(offset: CURLOPT_RESUME_FROM_LARGE, 0)
        try handle.set(CURLOPT_TIMECONDITION, Int(CURL_TIMECOND_NONE.rawValue))
        if from > 0 {
            if isHTTP {
                try handle.set(CURLOPT_RANGE, "\(from)-")
                if let condition = progress.offer?.condition { headers.append("If-Range: \(condition)") }
            } else {
                try handle.set(offset: CURLOPT_RESUME_FROM_LARGE, from)
            }
        } else if isHTTP, let etag = known.etag {
            headers.append("If-None-Match: \(etag)")
        } else if isHTTP, let modified = known.modified {
            try handle.set(CURLOPT_TIMECONDITION, Int(CURL_TIMECOND_IFMODSINCE.rawValue))
            try handle.set(offset: CURLOPT_TIMEVALUE_LARGE, modified.seconds)
        }
        progress.hasBegun = false
        progress.isAnother = false
        try handle.perform(headers: headers, isCancelled: isCancelled) { bytes throws(FeedError) in
            if !progress.hasBegun {
                progress.hasBegun = true
                try begin(progress, from: from, known: known)
            }
            guard progress.file.length + Int64(bytes.count) <= definition.sizeLimit else {
                throw .tooLarge(limit: definition.sizeLimit)
            }
            try progress.file.append(bytes)
        }
        guard isHTTP else { return false }
        if from == 0, handle.status == 304 || handle.isConditionUnmet { return true }
        guard handle.status == 200 || handle.status == 206 else { throw .status(handle.status) }
        if !progress.hasBegun { try requireList() }
        return false
    }

    /// Judges what the source says before its first byte.
    private func begin(_ progress: Progress, from: Int64, known: Validators) throws(FeedError) {
        let announced = handle.announcedBytes
        if isHTTP {
            guard handle.status == 200 || handle.status == 206 && from > 0 else { throw .status(handle.status) }
            try requireList()
            let etag = handle.header("ETag")
            if handle.status == 206 {
                let range = handle.header("Content-Range") ?? ""
                let isSame = etag == nil || etag == progress.offer?.validators.etag
                guard isSame, range.hasPrefix("bytes \(from)-") else { throw another(progress) }
                return
            }
            // The whole file: the source changed, or cannot send parts.
            if from > 0 { try progress.file.startAfresh() }
            let modified = handle.modified
            let strong = etag.flatMap { $0.hasPrefix("W/") ? nil : $0 }
            progress.offer = Offer(
                validators: Validators(etag: etag, modified: modified, bytes: announced),
                condition: strong ?? handle.header("Last-Modified"))
        } else {
            let offered = Validators(modified: handle.modified, bytes: announced.map { $0 + from })
            if from > 0 {
                guard offered == progress.offer?.validators else { throw another(progress) }
                return
            }
            if offered.modified != nil, offered == known {
                progress.isUnchanged = true
                throw .cancelled
            }
            progress.offer = Offer(validators: offered, condition: nil)
        }
        if let announced, announced > definition.sizeLimit { throw .tooLarge(limit: definition.sizeLimit) }
    }

    private func another(_ progress: Progress) -> FeedError {
        progress.isAnother = true
        return .changed
    }

    private func requireList() throws(FeedError) {
        let type = (handle.contentType ?? "").prefix { $0 != ";" && $0 != " " }.lowercased()
        if type == "text/html" || type == "application/xhtml+xml" { throw .notAList(contentType: type) }
    }

    /// Sets what every transfer has.
    private func prepare() throws(FeedError) {
        try handle.set(CURLOPT_URL, url)
        let left = deadline - ContinuousClock.now
        let milliseconds = Int(left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000)
        guard milliseconds > 0 else { throw timeLimit }
        try handle.set(CURLOPT_TIMEOUT_MS, milliseconds)
        try handle.set(CURLOPT_LOW_SPEED_LIMIT, 100)
        try handle.set(CURLOPT_LOW_SPEED_TIME, patience)
    }

    private var timeLimit: FeedError { .timeLimit(seconds: Int(definition.timeLimit.milliseconds / 1000)) }

    /// Whether the file is still the one that was received: a source that is being written would give a part of a list.
    private func lookAgain(_ received: Validators) throws(FeedError) {
        try prepare()
        try handle.set(offset: CURLOPT_RESUME_FROM_LARGE, 0)
        var isSame = false
        do throws(FeedError) {
            try handle.perform(headers: [], isCancelled: isCancelled) { _ throws(FeedError) in
                isSame = Validators(modified: handle.modified, bytes: handle.announcedBytes) == received
                throw .cancelled
            }
        } catch .cancelled where !isCancelled() {
        } catch {
            throw told(error, nil)
        }
        guard isSame else { throw .changed }
    }

    /// Receives a checksum or signature.
    func small() throws(FeedError) -> [UInt8] {
        try prepare()
        var bytes: [UInt8] = []
        do throws(FeedError) {
            try handle.perform(headers: [], isCancelled: isCancelled) { piece throws(FeedError) in
                guard bytes.count + piece.count <= Fetcher.companionLimit else {
                    throw .tooLarge(limit: Int64(Fetcher.companionLimit))
                }
                bytes += piece
            }
        } catch {
            throw told(error, nil)
        }
        if isHTTP { try requireList() }
        return bytes
    }

    /// Whether a transfer broke off that may go on.
    private func isBroken(_ error: FeedError) -> Bool {
        switch error {
        case .changed: true
        case .transfer(let code, _):
            [
                CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING, CURLE_SSH, CURLE_HTTP2,
                CURLE_HTTP2_STREAM, CURLE_BAD_DOWNLOAD_RESUME, CURLE_SSL_CONNECT_ERROR,
            ].contains { Int($0.rawValue) == code }
        default: false
        }
    }

    private func canResume(_ progress: Progress) -> Bool {
        guard let offer = progress.offer else { return false }
        return isHTTP ? offer.condition != nil : offer.validators.modified != nil
    }

    /// The error as a person is told it.
    private func told(_ error: FeedError, _ progress: Progress?) -> FeedError {
        guard case .transfer(let code, _) = error else { return error }
        switch code {
        case Int(CURLE_OPERATION_TIMEDOUT.rawValue):
            // The library's own clock may strike a little earlier.
            if ContinuousClock.now >= deadline - .milliseconds(100) { return timeLimit }
            if !handle.isConnected {
                return .unreachable(host: definition.source.shown, why: "no answer in 30 seconds")
            }
            return .tooSlow(seconds: patience)
        case Int(CURLE_PARTIAL_FILE.rawValue), Int(CURLE_RECV_ERROR.rawValue):
            guard let progress, progress.hasBegun else { return error }
            return .truncated(received: progress.file.length, expected: progress.offer?.validators.bytes)
        default: return error
        }
    }
}
