import CCurl
import Dispatch
import Documents
import Foundation

/// Requests to the provider, over libcurl: small answers, no redirects, certificates always checked.
struct ProviderLine: Sendable {
    static let limit = 1 << 20
    private static let start: CURLcode = ccurl_start()

    /// What C calls back into.
    private final class Received {
        var bytes: [UInt8] = []
    }

    /// - Parameters:
    ///   - form: Sent as a POST; nil for a GET.
    ///   - authorization: The header's value.
    func json(
        _ url: String, form: [(String, String)]? = nil, authorization: String? = nil
    ) async throws(SignOnFault) -> (status: Int, body: Node) {
        guard ProviderSettings.isSafe(url) else { throw .untrusted("the provider names `\(url)`, which is not https") }
        let body = form.map { fields in
            fields.map { "\(Self.encoded($0.0))=\(Self.encoded($0.1))" }.joined(separator: "&")
        }
        // It blocks, and must hold up no thread that decides.
        let result: Result<(Int, [UInt8]), SignOnFault> = await withCheckedContinuation { continuation in
            DispatchQueue.global(qos: .utility).async {
                continuation.resume(returning: perform(url, body, authorization))
            }
        }
        let (status, bytes) = try result.get()
        guard let node = try? JSONParser.parse(bytes), case .object = node.value else {
            throw .unavailable("the provider answered \(status) and no JSON object")
        }
        return (status, node)
    }

    private func perform(_ url: String, _ body: String?, _ authorization: String?) -> Result<
        (Int, [UInt8]), SignOnFault
    > {
        guard Self.start == CURLE_OK, let handle = curl_easy_init() else {
            return .failure(.unavailable("libcurl cannot be started"))
        }
        defer { curl_easy_cleanup(handle) }
        let received = Received()
        var headers = curl_slist_append(nil, "Accept: application/json")
        if let authorization { headers = curl_slist_append(headers, "Authorization: \(authorization)") }
        defer { curl_slist_free_all(headers) }
        var codes = [
            ccurl_set_string(handle, CURLOPT_URL, url), ccurl_set_headers(handle, headers),
            ccurl_set_write(handle, take, Unmanaged.passUnretained(received).toOpaque()),
            // Signals belong to the process, and this is a thread of it.
            ccurl_set_number(handle, CURLOPT_NOSIGNAL, 1), ccurl_set_number(handle, CURLOPT_SSL_VERIFYPEER, 1),
            ccurl_set_number(handle, CURLOPT_SSL_VERIFYHOST, 2),
            ccurl_set_number(handle, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2)),
            ccurl_set_string(handle, CURLOPT_PROTOCOLS_STR, "http,https"),
            ccurl_set_number(handle, CURLOPT_FOLLOWLOCATION, 0), ccurl_set_number(handle, CURLOPT_CONNECTTIMEOUT, 5),
            ccurl_set_number(handle, CURLOPT_TIMEOUT, 10), ccurl_set_string(handle, CURLOPT_USERAGENT, "callgate"),
        ]
        if let body { codes.append(ccurl_set_string(handle, CURLOPT_COPYPOSTFIELDS, body)) }
        let code = codes.first { $0 != CURLE_OK } ?? curl_easy_perform(handle)
        guard code == CURLE_OK else {
            return .failure(
                .unavailable("the provider cannot be asked: \(String(cString: curl_easy_strerror(code)))"))
        }
        var status = 0
        _ = ccurl_get_number(handle, CURLINFO_RESPONSE_CODE, &status)
        return withExtendedLifetime(received) { .success((status, received.bytes)) }
    }

    private let take: curl_write_callback = { bytes, size, count, context in
        guard let bytes, let context else { return 0 }
        let received = Unmanaged<Received>.fromOpaque(context).takeUnretainedValue()
        guard received.bytes.count + size * count <= ProviderLine.limit else { return 0 }
        received.bytes.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: size * count))
        return size * count
    }

    /// As `application/x-www-form-urlencoded` and queries write it.
    static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case 48...57, 65...90, 97...122, 0x2D, 0x2E, 0x5F, 0x7E: String(UnicodeScalar(byte))
            default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }
}
