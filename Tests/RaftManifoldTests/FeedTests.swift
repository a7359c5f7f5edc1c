import AgentResources
import Foundation
import Leases
import Testing

@testable import RaftManifold

@Suite struct FeedTests {
    private static func entry(_ index: UInt64) -> LeaseEvents { LeaseEvents(index: index, events: [], gap: false) }

    @Test("a reader in time gets every entry in order")
    func inTime() async {
        let feed = EventFeed(limit: 2)
        for index in 1...5 as ClosedRange<UInt64> {
            feed.push(Self.entry(index))
            #expect(await feed.next()?.index == index)
        }
    }

    @Test("a slow reader loses the oldest and is told so once")
    func slow() async {
        let feed = EventFeed(limit: 2)
        for index in 1...5 as ClosedRange<UInt64> { feed.push(Self.entry(index)) }
        feed.finish()
        let first = await feed.next()
        #expect(first?.index == 4)
        #expect(first?.gap == true)
        let second = await feed.next()
        #expect(second?.index == 5)
        #expect(second?.gap == false)
        #expect(await feed.next() == nil)
    }

    @Test("a reader whose task is cancelled is let go")
    func cancelled() async {
        let feed = EventFeed(limit: 2)
        let task = Task { await feed.next()?.index }
        task.cancel()
        #expect(await task.value == nil)
    }

    @Test("a status watcher sees the present status first, then the newest, and not mere indexes")
    func status() async {
        var status = RaftStatus(
            id: 1,
            role: .follower,
            term: 1,
            commitIndex: 0,
            appliedIndex: 0,
            leader: nil,
            isServing: false
        )
        let feed = StatusFeed(status)
        var changes = feed.changes().makeAsyncIterator()
        #expect(await changes.next()?.term == 1)
        status.appliedIndex = 7
        feed.publish(status)
        #expect(feed.current.appliedIndex == 7)
        for term in 2...4 as ClosedRange<UInt64> {
            status.term = term
            feed.publish(status)
        }
        #expect(await changes.next()?.term == 4)
        feed.finish()
        #expect(await changes.next() == nil)
    }

    @Test("watchers that are cancelled while the status changes never hold up who changes it")
    func cancelledWatchers() async {
        nonisolated(unsafe) var status = RaftStatus(
            id: 1,
            role: .follower,
            term: 1,
            commitIndex: 0,
            appliedIndex: 0,
            leader: nil,
            isServing: false
        )
        let feed = StatusFeed(status)
        // A thread of its own, as Raft has: it must never wait for a watcher. Pauses let watchers wait for it.
        let changer = Thread {
            while !Thread.current.isCancelled {
                status.term += 1
                feed.publish(status)
                let pause = ContinuousClock.now + .microseconds(.random(in: 0...200))
                while ContinuousClock.now < pause { sched_yield() }
            }
        }
        changer.start()
        await withTaskGroup(of: Void.self) { loops in
            for _ in 0..<4 { loops.addTask { await Self.watchAndCancel(feed, times: 1_000) } }
        }
        changer.cancel()
    }

    /// Watches with three tasks until one sees a term of its own, and cancels the others.
    private static func watchAndCancel(_ feed: StatusFeed, times: Int) async {
        for _ in 0..<times {
            await withTaskGroup(of: Void.self) { group in
                for watcher in 0..<3 as Range<UInt64> {
                    group.addTask { for await change in feed.changes() where change.term % 7 == watcher { return } }
                }
                await group.next()
                group.cancelAll()
            }
        }
    }
}
