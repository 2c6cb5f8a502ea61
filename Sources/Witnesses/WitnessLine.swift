import CCurl
import Foundation

/// The connection to one witness, over libcurl: small answers, no redirects, certificates always checked. It is kept open
/// between requests. Used by one thread at a time.
final class WitnessLine {
    private static let start: CURLcode = ccurl_start()
    private static let limit = 1 << 16
    private let handle: UnsafeMutableRawPointer
    private let received = Received()

    /// What C calls back into.
    private final class Received {
        var bytes: [UInt8] = []
    }

    init() throws(WitnessFault) {
        guard Self.start == CURLE_OK, let handle = curl_easy_init() else {
            throw .unanswered(why: "libcurl cannot be started")
        }
        self.handle = handle
    }

    deinit { curl_easy_cleanup(handle) }

    /// - Parameter patience: Milliseconds for all of it.
    func post(_ body: String, to url: String, patience: Int) throws(WitnessFault) -> (status: Int, body: [UInt8]) {
        received.bytes = []
        var headers = curl_slist_append(nil, "Content-Type: text/plain; charset=utf-8")
        // No round trip for leave to send a body of a few hundred bytes.
        headers = curl_slist_append(headers, "Expect:")
        defer {
            _ = ccurl_set_headers(handle, nil)
            curl_slist_free_all(headers)
        }
        let codes = [
            ccurl_set_string(handle, CURLOPT_URL, url), ccurl_set_headers(handle, headers),
            ccurl_set_write(handle, take, Unmanaged.passUnretained(received).toOpaque()),
            // Signals belong to the process, and this is a thread of it.
            ccurl_set_number(handle, CURLOPT_NOSIGNAL, 1), ccurl_set_number(handle, CURLOPT_SSL_VERIFYPEER, 1),
            ccurl_set_number(handle, CURLOPT_SSL_VERIFYHOST, 2),
            ccurl_set_number(handle, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2)),
            ccurl_set_string(handle, CURLOPT_PROTOCOLS_STR, "http,https"),
            ccurl_set_number(handle, CURLOPT_FOLLOWLOCATION, 0),
            ccurl_set_number(handle, CURLOPT_TIMEOUT_MS, patience),
            ccurl_set_string(handle, CURLOPT_USERAGENT, "callgate"),
            ccurl_set_string(handle, CURLOPT_COPYPOSTFIELDS, body),
        ]
        let code = codes.first { $0 != CURLE_OK } ?? curl_easy_perform(handle)
        guard code == CURLE_OK else { throw .unanswered(why: String(cString: curl_easy_strerror(code))) }
        var status = 0
        _ = ccurl_get_number(handle, CURLINFO_RESPONSE_CODE, &status)
        return (status, received.bytes)
    }

    private let take: curl_write_callback = { bytes, size, count, context in
        guard let bytes, let context else { return 0 }
        let received = Unmanaged<Received>.fromOpaque(context).takeUnretainedValue()
        guard received.bytes.count + size * count <= WitnessLine.limit else { return 0 }
        received.bytes.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: size * count))
        return size * count
    }
}
