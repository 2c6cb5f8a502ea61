/// A stretch of the log that stands in a file of its own, beside the database that is written to.
public struct Segment: Sendable, Hashable {
    public enum State: Int, Sendable {
        /// Its file is being made; its entries are still where they were.
        case sealing = 1
        case sealed = 2
        /// The log says that its decisions and outcomes are dropped; they are on their way out.
        case dropping = 3
        case dropped = 4
    }

    /// 1 for the first; without gaps.
    public var number: Int64
    public var entries: ClosedRange<Int64>
    public var state: State
    /// The entry by which its decisions and outcomes were dropped.
    public var droppedBy: Int64?
    /// How many entries were dropped; they are proved by their hashes in the tree alone.
    public var dropped: Int64

    public init(
        number: Int64, entries: ClosedRange<Int64>, state: State, droppedBy: Int64? = nil, dropped: Int64 = 0
    ) {
        self.number = number
        self.entries = entries
        self.state = state
        self.droppedBy = droppedBy
        self.dropped = dropped
    }
}
