import Quantities

/// A job of a batch cluster: how much it holds, since when, for how long.
public struct ClusterJob: Hashable, Sendable {
  public var id: String
  public var machines: Int
  /// Hours since an epoch of the caller's.
  public var submitted: Double
  /// Nil while it waits.
  public var started: Double?
  /// Nil while it runs or waits.
  public var ended: Double?
  /// The time limit in hours that its user gave.
  public var limit: Double?

  public init(
    id: String, machines: Int, submitted: Double, started: Double? = nil, ended: Double? = nil, limit: Double? = nil
  ) {
    self.id = id
    self.machines = max(1, machines)
    self.submitted = submitted
    self.started = started
    self.ended = ended
    self.limit = limit
  }

  public var hours: Double? { started.flatMap { s in ended.map { max(0, $0 - s) } } }
}

/// A batch cluster as it stands: machines, what runs, what waits, and what came before.
public struct ClusterState: Sendable {
  /// Machines that jobs can have, those that are down left out.
  public var machines: Int
  /// Machines that are joined closely (a rack, a block of a fat tree), each block's size; empty where any set will do.
  public var blocks: [Int]
  public var now: Double
  public var running: [ClusterJob]
  public var waiting: [ClusterJob]
  /// Jobs that ended, for their sizes, lengths and arrivals.
  public var history: [ClusterJob]

  public init(
    machines: Int, blocks: [Int] = [], now: Double = 0, running: [ClusterJob] = [], waiting: [ClusterJob] = [],
    history: [ClusterJob] = []
  ) {
    self.machines = max(0, machines)
    self.blocks = blocks
    self.now = now
    self.running = running
    self.waiting = waiting
    self.history = history
  }

  /// Jobs of the history an hour.
  public var arrivalsPerHour: Double {
    guard let first = history.map({ $0.submitted }).min(), now > first else { return 0 }
    return Double(history.count) / (now - first)
  }

  /// Why a job of so many machines would never start; nil where it could on an empty cluster.
  public func neverFits(machines wanted: Int, inOneBlock: Bool) -> TrainingError? {
    if wanted > machines {
      return TrainingError(
        .infeasible, "the job needs \(wanted) machines and the cluster has \(machines)",
        remedy: "ask for at most \(machines)")
    }
    if inOneBlock, let largest = blocks.max(), wanted > largest {
      return TrainingError(
        .infeasible, "the job needs \(wanted) machines in one block and the largest block has \(largest)",
        remedy: "ask for at most \(largest), or let it span blocks")
    }
    return nil
  }
}

/// When a job would start and end, over many possible futures.
public struct QueuePromise: Hashable, Sendable {
  /// Hours from now, by quantile.
  public var startMedian: Double
  public var start90: Double
  public var endMedian: Double
  public var end90: Double
  /// Futures in which it started within the time that was looked at.
  public var startedShare: Double
}

/// First come, first served, with backfill: a job may go before the head of the queue where that does not delay the head,
/// by the time limits (EASY, Lifka 1995). Lengths of what runs and waits, and what comes, are drawn from the history.
public struct QueueSimulation: Sendable {
  public var state: ClusterState
  /// Hours that are looked ahead.
  public var horizon: Double
  /// Whether new jobs arrive as in the history.
  public var hasArrivals: Bool

  public init(_ state: ClusterState, horizon: Double = 24 * 14, hasArrivals: Bool = true) {
    self.state = state
    self.horizon = horizon
    self.hasArrivals = hasArrivals
  }

  /// - Parameters:
  ///   - hours: How long the job runs.
  ///   - reserved: Machines that only this job may have, out of the cluster's.
  public func promise(
    machines: Int, hours: Double, reserved: Int = 0, futures: Int = 200, seed: UInt64 = 1
  ) -> QueuePromise {
    var starts: [Double] = []
    for future in 0..<max(1, futures) {
      var random = RandomStream(seed: seed, item: UInt64(future))
      starts.append(start(machines: machines, hours: hours, reserved: reserved, &random) ?? .infinity)
    }
    let found = starts.filter { $0.isFinite }.sorted()
    func quantile(_ p: Double) -> Double {
      let rank = Int((Double(starts.count) * p).rounded(.up)) - 1
      let sorted = starts.sorted()
      return sorted[max(0, min(rank, sorted.count - 1))]
    }
    return QueuePromise(
      startMedian: quantile(0.5), start90: quantile(0.9), endMedian: quantile(0.5) + hours,
      end90: quantile(0.9) + hours, startedShare: Double(found.count) / Double(starts.count))
  }

  /// The fewest reserved machines with which the 90 % wait stays below a bound; nil where the whole job's worth of
  /// machines does not suffice.
  public func reservation(machines: Int, hours: Double, wait90 bound: Double, futures: Int = 100, seed: UInt64 = 1)
    -> Int?
  {
    func holds(_ reserved: Int) -> Bool {
      promise(machines: machines, hours: hours, reserved: reserved, futures: futures, seed: seed).start90 <= bound
    }
    if holds(0) { return 0 }
    let most = min(machines, state.machines)
    guard holds(most) else { return nil }
    var (low, high) = (0, most)
    while high - low > 1 {
      let middle = (low + high) / 2
      if holds(middle) { high = middle } else { low = middle }
    }
    return high
  }

  private struct Entry {
    var machines: Int
    var hours: Double
    var limit: Double
    var isOurs: Bool
  }

  /// Hours until the job starts in one future; nil where it does not within the horizon.
  private func start(machines: Int, hours: Double, reserved: Int, _ random: inout RandomStream) -> Double? {
    let lengths = state.history.compactMap { $0.hours }.filter { $0 > 0 }
    let sizes = state.history.map { $0.machines }
    func length(longerThan elapsed: Double, limit: Double?) -> Double {
      let longer = lengths.filter { $0 > elapsed }
      let pool = longer.isEmpty ? lengths : longer
      let drawn = pool.isEmpty ? max(limit ?? 24, elapsed) : pool[Int(random.uniform() * Double(pool.count))]
      let total = max(drawn, elapsed)
      return min(total, limit ?? .infinity)
    }
    // Reserved machines stand apart; what runs may not use them.
    let shared = max(0, state.machines - reserved)
    var free = shared
    var ends: [(time: Double, machines: Int, limit: Double)] = []
    for job in state.running {
      let elapsed = max(0, state.now - (job.started ?? state.now))
      let total = length(longerThan: elapsed, limit: job.limit)
      let used = min(job.machines, max(0, free))
      free -= used
      ends.append((max(0, total - elapsed), used, max(0, (job.limit ?? total) - elapsed)))
    }
    var queue = state.waiting.map { job in
      let total = length(longerThan: 0, limit: job.limit)
      return Entry(machines: min(job.machines, shared), hours: total, limit: job.limit ?? total, isOurs: false)
    }
    let ourShare = max(0, machines - reserved)
    queue.append(Entry(machines: ourShare, hours: hours, limit: hours, isOurs: true))
    var arrivals: [Double] = []
    if hasArrivals, state.arrivalsPerHour > 0 {
      var t = random.exponential(mean: 1 / state.arrivalsPerHour)
      while t < horizon, arrivals.count < 100_000 {
        arrivals.append(t)
        t += random.exponential(mean: 1 / state.arrivalsPerHour)
      }
    }
    arrivals.reverse()
    var now = 0.0
    while now <= horizon {
      // Start from the front.
      while let head = queue.first, head.machines <= free {
        queue.removeFirst()
        if head.isOurs { return now }
        free -= head.machines
        ends.append((now + head.hours, head.machines, now + head.limit))
      }
      // Backfill behind the head: what ends by its limit before the head can start, or fits beside it.
      if let head = queue.first {
        var spare = free
        var shadow = Double.infinity
        for end in ends.sorted(by: { $0.limit < $1.limit }) {
          spare += end.machines
          if spare >= head.machines {
            shadow = end.limit
            break
          }
        }
        let extra = max(0, spare - head.machines)
        var position = 1
        while position < queue.count {
          let entry = queue[position]
          if entry.machines <= free, now + entry.limit <= shadow || entry.machines <= min(free, extra) {
            queue.remove(at: position)
            if entry.isOurs { return now }
            free -= entry.machines
            ends.append((now + entry.hours, entry.machines, now + entry.limit))
          } else {
            position += 1
          }
          if position > 50 { break }
        }
      }
      // On to the next end or arrival.
      let nextEnd = ends.map { $0.time }.min() ?? .infinity
      let nextArrival = arrivals.last ?? .infinity
      now = min(nextEnd, nextArrival)
      guard now.isFinite else { return nil }
      if nextArrival <= nextEnd {
        arrivals.removeLast()
        let size = sizes.isEmpty ? 1 : sizes[Int(random.uniform() * Double(sizes.count))]
        let total = length(longerThan: 0, limit: nil)
        queue.append(Entry(machines: min(size, shared), hours: total, limit: total, isOurs: false))
      } else {
        for end in ends where end.time <= now { free += end.machines }
        ends.removeAll { $0.time <= now }
      }
    }
    return nil
  }
}
