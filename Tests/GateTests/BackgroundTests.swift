import Dispatch
import Gate
import Synchronization
import Testing

@Suite struct BackgroundTests {
    @Test func worksOnePieceAfterAnotherInOrder() {
        let work = BackgroundWork()
        let order = Mutex<[Int]>([])
        let running = Mutex(0)
        let most = Mutex(0)
        let jobs = (0..<20).map { number in
            work.add("a piece") { job in
                let now = running.withLock { value in
                    value += 1
                    return value
                }
                most.withLock { $0 = max($0, now) }
                order.withLock { $0.append(number) }
                job.report(done: number, of: 20)
                running.withLock { $0 -= 1 }
            }
        }
        #expect(jobs.allSatisfy { $0.state == .waiting })
        work.start()
        work.start()
        for job in jobs { job.wait() }
        #expect(order.withLock { $0 } == Array(0..<20))
        #expect(most.withLock { $0 } == 1)
        #expect(jobs.allSatisfy { $0.state == .ended })
        #expect(jobs[5].progress.share == 0.25 && jobs[0].progress.share == 0)
        work.stop()
    }

    @Test func aCancelledPieceNeverBegins() {
        let work = BackgroundWork()
        let begun = Mutex<[String]>([])
        let first = work.add("first") { _ in begun.withLock { $0.append("first") } }
        let second = work.add("second") { _ in begun.withLock { $0.append("second") } }
        first.cancel()
        work.start()
        second.wait()
        first.wait()
        work.stop()
        #expect(begun.withLock { $0 } == ["second"])
    }

    @Test func aStopEndsWhatRunsAndLetsGoOfWhatWaits() {
        let work = BackgroundWork()
        work.start()
        let hasBegun = DispatchSemaphore(value: 0)
        let running = work.add("runs") { job in
            hasBegun.signal()
            while !job.isCancelled {}
        }
        let begun = Mutex(false)
        let waiting = work.add("waits") { _ in begun.withLock { $0 = true } }
        hasBegun.wait()
        #expect(running.state == .running)
        work.stop()
        work.stop()
        waiting.wait()
        let late = work.add("late") { _ in begun.withLock { $0 = true } }
        late.wait()
        #expect(running.state == .ended && late.isCancelled && !begun.withLock { $0 })
    }

    @Test func whatIsStoppedBeforeItStartsEnds() {
        let work = BackgroundWork()
        let job = work.add("never") { _ in }
        work.stop()
        job.wait()
        #expect(job.isCancelled)
    }
}
