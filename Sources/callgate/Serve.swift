import ArgumentParser
import Console
import Feeds
import Foundation
import Gate
import GateAPI
import GateModel
import Hummingbird
import Logging
import Metrics
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Run the service.")
    @Option(help: "HOST:PORT to listen on (default 127.0.0.1:8080).") var listen: String?
    @Option(help: "sqlite:FOLDER (default: the data folder).") var store: String?
    @Option(help: "The log's name for ever (CALLGATE_LOG_ORIGIN; default callgate.local/ and a hash of its key).")
    var logOrigin: String?
    @Option(help: "A folder of candidate policies for \"what if\" in the console (CALLGATE_CANDIDATES).")
    var candidates: String?
    @Option(
        help: """
            Move each month that ended so many days ago into a segment (CALLGATE_SEGMENT_AFTER_DAYS; default: none is \
            moved).
            """)
    var segmentAfterDays: String?
    @Option(
        help: """
            An outside witness that is asked to cosign checkpoints (C2SP tlog-witness): "NAME+HASH+KEY URL". Give it once for \
            each (CALLGATE_WITNESSES, with commas between; default: none).
            """)
    var witness: [String] = []
    @Flag(
        help: """
            Sign checkpoints with SM2 and SM3 beside Ed25519, from now on: the key file gets a member `log_sm2` (CALLGATE_SM2).
            """)
    var sm2 = false
    @OptionGroup var options: Options

    func run() async throws {
        keepFreedMemory()
        let resolved = try await options.resolve(
            store: store, listen: listen, logOrigin: logOrigin, candidates: candidates,
            segmentAfterDays: segmentAfterDays, witnesses: witness, sm2: sm2)
        let parts = resolved.listen.split(separator: ":")
        guard parts.count == 2, let port = Int(parts[1]), (0...65_535).contains(port) else {
            throw Failure.input("--listen must be HOST:PORT, such as 127.0.0.1:8080")
        }
        let provider = try resolved.provider()
        var logger = Logger(label: "callgate")
        logger.logLevel = .info
        let registry = PrometheusRegistry()
        MetricsSystem.bootstrap(registry)
        let gate = try resolved.openGate(logger: logger, isService: true)
        // What was appended since the index was last filled is found in memory; little enough of it is quick to read.
        while try gate.maintain() > 0 {}
        try gate.start()
        // Whatever stands in its way: calls are decided, and `/readyz` says that nothing is signed.
        gate.signLog()
        gate.resumeScrubs()
        gate.resumeReconciliations()
        gate.removeUnfinishedReports()
        for version in gate.unfinishedUploads() { gate.checkLater(version) }
        let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let router = makeRouter(gate)
        try Console(gate: gate, logger: logger, provider: provider).addRoutes(to: router)
        let application = Application(
            router: router,
            configuration: .init(address: .hostname(String(parts[0]), port: port), serverName: nil),
            eventLoopGroupProvider: .shared(loops), logger: logger)
        let feeds = gate.makeFeedRunner(environment: ProcessInfo.processInfo.environment)
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(
                        service: Maintenance(
                            gate: gate, feeds: feeds, logger: logger, segmentAfterDays: resolved.segmentAfterDays)),
                    .init(service: application),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await withTaskExecutorPreference(LoopExecutor(loops.next())) { try await group.run() }
        feeds.stop()
        gate.stop()
        // What was recorded last is signed as well.
        try? gate.tree.extend(isLast: true)
    }
}

/// Takes in what other processes changed, fills the index, checkpoints, and starts feeds, until the service ends.
struct Maintenance: Service {
    let gate: Gate
    let feeds: FeedRunner
    let logger: Logger
    var segmentAfterDays: Int?

    func run() async throws {
        let (gate, feeds, logger) = (gate, feeds, logger)
        let age = segmentAfterDays.map { Span.days(Int64($0)) }
        await cancelWhenGracefulShutdown {
            let notices = Mutex(Notices())
            var round = 0
            while !Task.isCancelled {
                round += 1
                // The index is filled once a second: larger portions cost less, and the tail holds what waits.
                let isIndexing = round % 4 == 0
                let isTelling = round % 40 == 1
                let isTidying = round % 240 == 1
                await withCheckedContinuation { continuation in
                    DispatchQueue.global(qos: .utility).async {
                        gate.refresh()
                        if isTidying {
                            gate.removeOldScrubs()
                            gate.removeOldReconciliations()
                            gate.runRetentionIfDue()
                            if let age { gate.sealIfDue(after: age) }
                        }
                        do { if isIndexing { _ = try gate.maintain() } } catch {
                            logger.error("maintenance failed: \(error)")
                        }
                        if isIndexing {
                            gate.signLog()
                            gate.cosigning.tick()
                            gate.fold()
                            gate.checkIndexes()
                            gate.resumeImports()
                            feeds.tick(gate.configuration.feeds, now: gate.now)
                        }
                        if isTelling { notices.withLock { $0.tell(gate.readiness(), to: logger) } }
                        // The thread sleeps, not the task: a task's timers stand still where the clock is faked or frozen.
                        usleep(250_000)
                        continuation.resume()
                    }
                }
            }
        }
    }
}
