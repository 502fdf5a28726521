import Glibc
import Quantities

/// One queue, its clients and a disturbance, request by request: does it come back by itself?
///
/// After the disturbance a queue can stay full for ever although the load is below capacity: every answer comes after its
/// client has given up, and the retries keep it full (a metastable failure; Bronson et al., Metastable failures in
/// distributed systems, HotOS 2021). Near the edge chance decides, so the answer is a share of runs.
public struct RetryStorm: Hashable, Sendable {
  /// First attempts a second, and requests served a second.
  public var rate: Double
  public var capacity: Double
  /// The most that wait, the one in service included; what comes beyond is refused.
  public var queue: Int
  public var retries: FailoverSetting.Retries
  public var servesAbandoned: Bool
  /// Served newest first where true.
  public var isLastInFirstOut = false
  public var trigger: Trigger
  /// Seconds watched after the trigger's end.
  public var after: Double
  /// How many times as large the system is of which this is a smaller copy; 1 for the system itself.
  public private(set) var reduction = 1.0

  /// What tips it.
  public enum Trigger: Hashable, Sendable {
    /// So many first attempts a second, for so many seconds.
    case spike(rate: Double, seconds: Double)
    /// This share of the capacity is gone for so many seconds.
    case capacityLost(share: Double, seconds: Double)
    /// Each request takes so many times as long for so many seconds.
    case degraded(factor: Double, seconds: Double)

    public var seconds: Double {
      switch self {
      case .spike(_, let s), .capacityLost(_, let s), .degraded(_, let s): s
      }
    }
    public var name: String {
      switch self {
      case .spike: "load spike"
      case .capacityLost: "capacity lost"
      case .degraded: "service degraded"
      }
    }
  }

  public init(
    rate: Double, capacity: Double, queue: Int, retries: FailoverSetting.Retries, servesAbandoned: Bool = true,
    trigger: Trigger, after: Double = 120
  ) {
    precondition(rate >= 0 && capacity > 0 && queue >= 1, "a queue has a rate, a capacity and a length")
    self.rate = rate
    self.capacity = capacity
    self.queue = queue
    self.retries = retries
    self.servesAbandoned = servesAbandoned
    self.trigger = trigger
    self.after = after
  }

  /// The share of runs that come back, with its 95 % interval (Wilson's).
  public struct Chance: Hashable, Sendable {
    public var runs: Int
    public var recovered: Int
    public var share: Double { runs > 0 ? Double(recovered) / Double(runs) : 0 }
    public var low: Double { Statistics.wilson(share: share, of: Double(runs)).low }
    public var high: Double { Statistics.wilson(share: share, of: Double(runs)).high }
  }

  /// Whether one run comes back: in its last quarter nine of ten first attempts are answered in time.
  public func recovers(seed: UInt64) -> Bool {
    var run = StormRun(self, seed: seed)
    return run.play()
  }

  public func chance(runs: Int = 64, seed: UInt64 = 1) -> Chance {
    let good = (0..<runs).count { recovers(seed: RandomStream(seed: seed, item: UInt64($0)).peeked) }
    return Chance(runs: runs, recovered: good)
  }

  /// The same system at a smaller size, so that single requests can be played: rates and queue shrink together.
  ///
  /// Chance weighs more in a small system, both ways: it tips sooner, and a lull frees it from a storm that would hold a
  /// large one for ever. A queue of 100 at 50/s under 60/s empties far enough within two minutes in 4 of 100 runs, one of
  /// twice the size in none.
  public func scaled(toCapacity most: Double = 400) -> RetryStorm {
    guard capacity > most else { return self }
    let factor = most / capacity
    var small = self
    small.reduction /= factor
    small.rate *= factor
    small.capacity = most
    small.queue = max(1, Int((Double(queue) * factor).rounded()))
    if case .spike(let rate, let seconds) = trigger { small.trigger = .spike(rate: rate * factor, seconds: seconds) }
    return small
  }

  /// Changes that could make it come back, the cheapest to make first.
  public enum Change: Hashable, Sendable {
    case attempts(Int)
    case budget(Double)
    case backoff(Double)
    case dropsAbandoned
    case lastInFirstOut
    /// So many may wait, in the system of which this may be a copy.
    case shorterQueue(Int)
    /// More capacity, as a factor.
    case capacity(Double)

    public var sentence: String {
      switch self {
      case .attempts(let n): n == 1 ? "no retries" : "at most \(n) attempts"
      case .budget(let share): "a retry budget of \(NumberFormat.share(share)) of first attempts"
      case .backoff(let seconds): "back off \(NumberFormat.significant(seconds, 3)) s before the first retry, doubling"
      case .dropsAbandoned: "drop requests whose clients have given up"
      case .lastInFirstOut: "serve the newest first while overloaded"
      case .shorterQueue(let n): "let at most \(NumberFormat.short(Double(n))) requests wait"
      case .capacity(let factor): "\(NumberFormat.share(factor - 1)) more capacity"
      }
    }
  }

  func with(_ change: Change) -> RetryStorm {
    var copy = self
    switch change {
    case .attempts(let n): copy.retries.attempts = n
    case .budget(let share): copy.retries.budget = share
    case .backoff(let seconds): copy.retries.backoff = seconds
    case .dropsAbandoned: copy.servesAbandoned = false
    case .lastInFirstOut: copy.isLastInFirstOut = true
    case .shorterQueue(let n): copy.queue = max(1, Int((Double(n) / reduction).rounded()))
    case .capacity(let factor): copy.capacity *= factor
    }
    return copy
  }

  /// Each change that makes at least 95 % of the runs come back, in the order in which they are tried: settings of the
  /// client and the queue, which cost nothing, before capacity, of which the least that suffices is named.
  public func remedies(runs: Int = 32, seed: UInt64 = 1) -> [(change: Change, chance: Chance)] {
    var tried: [Change] = [.budget(0.1)]
    if retries.attempts > 2 { tried.append(.attempts(2)) }
    if retries.attempts > 1 { tried.append(.attempts(1)) }
    if servesAbandoned { tried.append(.dropsAbandoned) }
    let short = max(1, Int((capacity * retries.timeout * 0.8).rounded()))
    if short < queue {
      tried.append(.shorterQueue(max(1, Int((capacity * reduction * retries.timeout * 0.8).rounded()))))
    }
    tried += [.lastInFirstOut, .backoff(max(1, retries.timeout))]
    var found: [(Change, Chance)] = []
    for change in tried {
      let chance = with(change).chance(runs: runs, seed: seed)
      if chance.share >= 0.95 { found.append((change, chance)) }
    }
    var low = 1.0
    var high = 1.0
    while high < 16 {
      high *= 1.5
      if with(.capacity(high)).chance(runs: runs, seed: seed).share >= 0.95 { break }
      low = high
    }
    for _ in 0..<5 where high < 16 {
      let middle = (low + high) / 2
      if with(.capacity(middle)).chance(runs: runs, seed: seed).share >= 0.95 { high = middle } else { low = middle }
    }
    // A lull that frees a small copy does not come in the system itself.
    if reduction > 1 { high = max(high, heldLoad / capacity) }
    if high < 16 {
      // By chance a little more can do a little worse: up to the next per cent that suffices.
      for percent in Int((high * 100).rounded(.up))..<1600 {
        let change = Change.capacity(Double(percent) / 100)
        let chance = with(change).chance(runs: runs, seed: seed)
        if chance.share >= 0.95 {
          found.append((change, chance))
          break
        }
      }
    }
    return found
  }

  /// The load that holds a large queue full of work whose clients have given up: every attempt of every request. A capacity
  /// that serves a full queue within the timeout is never held.
  private var heldLoad: Double {
    let attempts = retries.budget.map { min(Double(retries.attempts), 1 + $0) } ?? Double(retries.attempts)
    guard servesAbandoned, !isLastInFirstOut else { return rate }
    return min(rate * attempts, Double(queue) / retries.timeout)
  }

  /// The smallest trigger of a kind that keeps half of the runs from coming back; nil where even a large one does not.
  public func tippingPoint(_ kind: Trigger, runs: Int = 16, seed: UInt64 = 1) -> Trigger? {
    func sized(_ x: Double) -> Trigger {
      switch kind {
      case .spike(_, let s): .spike(rate: rate * x, seconds: s)
      case .capacityLost(_, let s): .capacityLost(share: 1 - 1 / x, seconds: s)
      case .degraded(_, let s): .degraded(factor: x, seconds: s)
      }
    }
    func tips(_ x: Double) -> Bool {
      var copy = self
      copy.trigger = sized(x)
      return copy.chance(runs: runs, seed: seed).share < 0.5
    }
    var (low, high) = (1.0, 20.0)
    guard tips(high) else { return nil }
    if tips(low) { return sized(low) }
    for _ in 0..<7 {
      let middle = (low * high).squareRoot()
      if tips(middle) { high = middle } else { low = middle }
    }
    return sized(high)
  }
}

extension RandomStream {
  /// A seed of its own for an item.
  fileprivate var peeked: UInt64 {
    var copy = self
    return copy.next()
  }
}

/// One run, request by request: Poisson arrivals, exponential service by one server, a queue of fixed length.
private struct StormRun {
  let storm: RetryStorm
  var random: RandomStream
  /// Requests that were accepted: their time and attempt, in order of arrival.
  private var times: [Double] = []
  private var attempts: [Int8] = []
  private var births: [Double] = []
  private var isDone: [Bool] = []
  private var head = 0
  private var patience = 0
  private var stack: [Int] = []
  private var waiting = 0
  /// Retries that wait, earliest first (a binary heap), with attempt and the time of the first.
  private var heap: [(time: Double, attempt: Int8, birth: Double)] = []
  private var tokens = 0.0

  init(_ storm: RetryStorm, seed: UInt64) {
    self.storm = storm
    random = RandomStream(seed: seed)
  }

  mutating func play() -> Bool {
    let calm = 10.0
    let triggerEnd = calm + storm.trigger.seconds
    let end = triggerEnd + storm.after
    let judged = end - storm.after / 4
    var offered = 0
    var answered = 0
    var time = 0.0
    var nextArrival = random.exponential(mean: 1 / max(1e-9, storm.rate))
    var nextService = Double.infinity
    var serving = -1
    let timeout = storm.retries.timeout

    func load(_ t: Double) -> Double {
      if case .spike(let rate, _) = storm.trigger, t >= calm, t < triggerEnd { return rate }
      return storm.rate
    }
    func speed(_ t: Double) -> Double {
      guard t >= calm, t < triggerEnd else { return storm.capacity }
      switch storm.trigger {
      case .spike: return storm.capacity
      case .capacityLost(let share, _): return storm.capacity * max(1e-6, 1 - share)
      case .degraded(let factor, _): return storm.capacity / max(1, factor)
      }
    }
    while true {
      while patience < times.count, isDone[patience] { patience += 1 }
      let nextPatience = patience < times.count ? times[patience] + timeout : .infinity
      let nextRetry = heap.first?.time ?? .infinity
      let next = min(min(nextArrival, nextService), min(nextPatience, nextRetry))
      guard next < end else { break }
      time = next
      if next == nextArrival {
        // A change of the rate is met at the next arrival: thin at its own rate.
        let rate = load(time)
        if time >= judged, time < end - timeout * Double(storm.retries.attempts + 1) { offered += 1 }
        tokens = min(10, tokens + (storm.retries.budget ?? 0))
        accept(time, 0, time)
        var gap = random.exponential(mean: 1 / max(1e-9, rate))
        // The rate changes at the trigger's edges.
        for edge in [calm, triggerEnd] where time < edge && time + gap > edge {
          gap = edge - time + random.exponential(mean: 1 / max(1e-9, load(edge)))
        }
        nextArrival = time + gap
      } else if next == nextService {
        if !isDone[serving] {
          isDone[serving] = true
          if births[serving] >= judged, births[serving] < end - timeout * Double(storm.retries.attempts + 1) {
            answered += 1
          }
        }
        waiting -= 1
        serving = -1
        nextService = .infinity
      } else if next == nextPatience {
        let i = patience
        patience += 1
        isDone[i] = true
        retry(attempts[i], births[i], time)
        if !storm.servesAbandoned, i != serving { waiting -= 1 }
      } else {
        let one = pop()
        accept(time, one.attempt, one.birth)
      }
      if serving < 0, let i = takeNext() {
        serving = i
        nextService = time + random.exponential(mean: 1 / speed(time))
      }
    }
    return offered == 0 || Double(answered) >= 0.9 * Double(offered)
  }

  private mutating func accept(_ time: Double, _ attempt: Int8, _ birth: Double) {
    guard waiting < storm.queue else { return retry(attempt, birth, time) }
    times.append(time)
    attempts.append(attempt)
    births.append(birth)
    isDone.append(false)
    waiting += 1
    if storm.isLastInFirstOut { stack.append(times.count - 1) }
  }

  private mutating func takeNext() -> Int? {
    if storm.isLastInFirstOut {
      while let i = stack.popLast() {
        if storm.servesAbandoned || !isDone[i] { return i }
      }
      return nil
    }
    while head < times.count {
      head += 1
      if storm.servesAbandoned || !isDone[head - 1] { return head - 1 }
    }
    return nil
  }

  private mutating func retry(_ attempt: Int8, _ birth: Double, _ time: Double) {
    guard Int(attempt) + 1 < storm.retries.attempts else { return }
    if storm.retries.budget != nil {
      guard tokens >= 1 else { return }
      tokens -= 1
    }
    let wait = storm.retries.backoff * exp2(Double(attempt))
    // A refused request without back-off comes back at once; a hair later, so that time moves on.
    push((time + max(1e-6, wait * (0.5 + 0.5 * random.uniform())), attempt + 1, birth))
  }

  private mutating func push(_ one: (time: Double, attempt: Int8, birth: Double)) {
    heap.append(one)
    var i = heap.count - 1
    while i > 0, heap[(i - 1) / 2].time > heap[i].time {
      heap.swapAt(i, (i - 1) / 2)
      i = (i - 1) / 2
    }
  }
  private mutating func pop() -> (time: Double, attempt: Int8, birth: Double) {
    let top = heap[0]
    let last = heap.removeLast()
    if !heap.isEmpty {
      heap[0] = last
      var i = 0
      while true {
        var least = i
        for child in [2 * i + 1, 2 * i + 2] where child < heap.count && heap[child].time < heap[least].time {
          least = child
        }
        if least == i { break }
        heap.swapAt(i, least)
        i = least
      }
    }
    return top
  }
}
