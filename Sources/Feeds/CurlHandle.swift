import CCurl
import Foundation
import GateModel

/// One libcurl handle, used on the thread that made it.
///
/// Certificates and host keys are always checked. Only the definition's scheme is spoken, and https after a redirect.
final class CurlHandle {
    /// What the bytes of a transfer are given to. May throw to end the transfer.
    typealias Receive = (UnsafeRawBufferPointer) throws(FeedError) -> Void

    private let handle: UnsafeMutableRawPointer
    private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    private let callbacks = Callbacks()
    private let host: String

    /// What C calls back into.
    final class Callbacks {
        var receive: Receive?
        var isCancelled: () -> Bool = { false }
        /// Why the transfer was ended from here.
        var ended: FeedError?
        /// Whether the server's key was looked at, and found wanting.
        var hostKey: FeedError?
        var host = ""
    }

    private static let start: CURLcode = ccurl_start()

    init(_ definition: FeedDefinition, _ credentials: FeedCredentials?, host: String) throws(FeedError) {
        guard CurlHandle.start == CURLE_OK, let handle = curl_easy_init() else {
            throw .transfer(code: Int(CurlHandle.start.rawValue), why: "libcurl cannot be started")
        }
        self.handle = handle
        self.host = host
        callbacks.host = host
        try check(ccurl_set_error_buffer(handle, errorText))
        let context = Unmanaged.passUnretained(callbacks).toOpaque()
        try check(ccurl_set_write(handle, received, context))
        try check(ccurl_set_progress(handle, progressed, context))
        // Signals belong to the process, and this is a thread of it.
        try set(CURLOPT_NOSIGNAL, 1)
        try set(CURLOPT_FAILONERROR, 1)
        try set(CURLOPT_FILETIME, 1)
        try set(CURLOPT_SSL_VERIFYPEER, 1)
        try set(CURLOPT_SSL_VERIFYHOST, 2)
        try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        let scheme = definition.source.scheme ?? .https
        try set(CURLOPT_PROTOCOLS_STR, scheme.rawValue)
        try set(CURLOPT_REDIR_PROTOCOLS_STR, FeedSource.Scheme.https.rawValue)
        try set(CURLOPT_FOLLOWLOCATION, 1)
        try set(CURLOPT_MAXREDIRS, 5)
        try set(CURLOPT_USERAGENT, "callgate")
        try set(CURLOPT_CONNECTTIMEOUT, 30)
        if let path = definition.caFile {
            try requireReadable(path)
            try set(CURLOPT_CAINFO, path)
        }
        switch scheme {
        case .https: break
        case .ftps: try set(CURLOPT_USE_SSL, Int(CURLUSESSL_ALL.rawValue))
        case .sftp:
            let path = definition.knownHosts ?? ""
            try requireReadable(path)
            try set(CURLOPT_SSH_KNOWNHOSTS, path)
            try check(ccurl_set_host_key(handle, sawHostKey, context))
        }
        if let user = credentials?.user { try set(CURLOPT_USERNAME, user) }
        if let path = credentials?.keyFile {
            try requirePrivate(path)
            try set(CURLOPT_SSH_PRIVATE_KEYFILE, path)
            if let password = credentials?.password { try set(CURLOPT_KEYPASSWD, password) }
            try set(CURLOPT_SSH_AUTH_TYPES, Int(CURLSSH_AUTH_PUBLICKEY))
        } else if let password = credentials?.password {
            try set(CURLOPT_PASSWORD, password)
            if scheme == .sftp { try set(CURLOPT_SSH_AUTH_TYPES, Int(CURLSSH_AUTH_PASSWORD)) }
        }
    }

    deinit {
        curl_easy_cleanup(handle)
        errorText.deallocate()
    }

    func set(_ option: CURLoption, _ value: String?) throws(FeedError) {
        try check(ccurl_set_string(handle, option, value))
    }

    func set(_ option: CURLoption, _ value: Int) throws(FeedError) {
        try check(ccurl_set_number(handle, option, value))
    }

    func set(offset option: CURLoption, _ value: Int64) throws(FeedError) {
        try check(ccurl_set_offset(handle, option, curl_off_t(value)))
    }

    private func check(_ code: CURLcode) throws(FeedError) {
        guard code == CURLE_OK else {
            throw .transfer(code: Int(code.rawValue), why: String(cString: curl_easy_strerror(code)))
        }
    }

    private func requireReadable(_ path: String) throws(FeedError) {
        guard access(path, R_OK) == 0 else {
            throw .unusable(path: path, why: "cannot be read: \(systemMessage(errno))")
        }
    }

    /// Does one transfer.
    ///
    /// - Parameter receive: Given each piece of the body, not of redirects.
    /// - Throws: What `receive` threw, or what libcurl's error means.
    func perform(
        headers: [String], isCancelled: @escaping () -> Bool, receive: @escaping Receive
    ) throws(FeedError) {
        var list: UnsafeMutablePointer<curl_slist>?
        for header in headers { list = curl_slist_append(list, header) }
        defer {
            _ = ccurl_set_headers(handle, nil)
            curl_slist_free_all(list)
            (callbacks.receive, callbacks.isCancelled) = (nil, { false })
        }
        try check(ccurl_set_headers(handle, list))
        errorText.pointee = 0
        (callbacks.receive, callbacks.isCancelled) = (receive, isCancelled)
        (callbacks.ended, callbacks.hostKey) = (nil, nil)
        let code = curl_easy_perform(handle)
        if let ended = callbacks.ended { throw ended }
        if let hostKey = callbacks.hostKey { throw hostKey }
        if code != CURLE_OK { throw meaning(of: code) }
    }

    private func meaning(of code: CURLcode) -> FeedError {
        let detail = errorText.pointee == 0 ? String(cString: curl_easy_strerror(code)) : String(cString: errorText)
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_PROXY:
            return .unreachable(host: host, why: detail)
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR:
            return .certificate(host: host, why: detail)
        case CURLE_LOGIN_DENIED, CURLE_REMOTE_ACCESS_DENIED: return .accessDenied(host: host)
        case CURLE_REMOTE_FILE_NOT_FOUND, CURLE_FTP_COULDNT_RETR_FILE: return .notFound(what: "the file at \(host)")
        case CURLE_HTTP_RETURNED_ERROR:
            switch status {
            case 401, 403, 407: return .accessDenied(host: host)
            case 404, 410: return .notFound(what: "the file at \(host)")
            default: return .status(status)
            }
        case CURLE_UNSUPPORTED_PROTOCOL: return .redirect(why: "to something that is not https")
        case CURLE_TOO_MANY_REDIRECTS: return .redirect(why: "more than 5 times")
        case CURLE_ABORTED_BY_CALLBACK: return .cancelled
        default: return .transfer(code: Int(code.rawValue), why: detail)
        }
    }

    /// 0 where there is none.
    var status: Int {
        var value = 0
        _ = ccurl_get_number(handle, CURLINFO_RESPONSE_CODE, &value)
        return value
    }

    /// Whether the source's file is not newer than the time that was asked about.
    var isConditionUnmet: Bool {
        var value = 0
        _ = ccurl_get_number(handle, CURLINFO_CONDITION_UNMET, &value)
        return value != 0
    }

    var isConnected: Bool { (offset(CURLINFO_CONNECT_TIME_T) ?? 0) > 0 }

    /// Bytes that this transfer is to bring; nil where the source does not say.
    var announcedBytes: Int64? { offset(CURLINFO_CONTENT_LENGTH_DOWNLOAD_T) }

    var modified: Instant? { offset(CURLINFO_FILETIME_T).map { Instant(seconds: $0) } }

    var contentType: String? {
        var value: UnsafeMutablePointer<CChar>?
        guard ccurl_get_string(handle, CURLINFO_CONTENT_TYPE, &value) == CURLE_OK else { return nil }
        return value.map { String(cString: $0) }
    }

    /// A header of the last answer.
    func header(_ name: String) -> String? {
        var found: UnsafeMutablePointer<curl_header>?
        guard curl_easy_header(handle, name, 0, UInt32(CURLH_HEADER), -1, &found) == CURLHE_OK else { return nil }
        return found.map { String(cString: $0.pointee.value) }
    }

    private func offset(_ info: CURLINFO) -> Int64? {
        var value: curl_off_t = -1
        guard ccurl_get_offset(handle, info, &value) == CURLE_OK, value >= 0 else { return nil }
        return Int64(value)
    }
}

private func callbacks(_ context: UnsafeMutableRawPointer?) -> CurlHandle.Callbacks? {
    context.map { Unmanaged<CurlHandle.Callbacks>.fromOpaque($0).takeUnretainedValue() }
}

private func received(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let callbacks = callbacks(context), let receive = callbacks.receive else { return 0 }
    do throws(FeedError) {
        try receive(UnsafeRawBufferPointer(start: bytes, count: size * count))
        return size * count
    } catch {
        callbacks.ended = error
        // Anything but the number of bytes given ends the transfer.
        return size * count == 0 ? 1 : 0
    }
}

private func progressed(
    _ context: UnsafeMutableRawPointer?, _: curl_off_t, _: curl_off_t, _: curl_off_t, _: curl_off_t
) -> Int32 {
    callbacks(context)?.isCancelled() ?? false ? 1 : 0
}

private func sawHostKey(
    _: UnsafeMutableRawPointer?, _: UnsafePointer<curl_khkey>?, _: UnsafePointer<curl_khkey>?, _ match: curl_khmatch,
    _ context: UnsafeMutableRawPointer?
) -> Int32 {
    if match == CURLKHMATCH_OK { return Int32(CURLKHSTAT_FINE.rawValue) }
    if let callbacks = callbacks(context) {
        callbacks.hostKey =
            match == CURLKHMATCH_MISMATCH
            ? .hostKeyChanged(host: callbacks.host) : .hostKeyUnknown(host: callbacks.host)
    }
    return Int32(CURLKHSTAT_REJECT.rawValue)
}
