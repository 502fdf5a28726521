import Quantities

/// A job on a cluster whose machines fail as a trace says: it takes healthy machines, loses what was not saved when one
/// fails, restarts with a spare, and waits where there is none.
public struct FaultReplay: Sendable {
  public var job: JobInterruptions
  /// Machines that the job needs; all others of the trace are spares.
  public var nodes: Int
  /// A machine is taken out for good after so many faults within 30 days; nil for never.
  public var evictAfter: Int?
  /// Share of failures after which a fast checkpoint in memory is there, and how far apart those are.
  public var fastShare: Double
  public var fastInterval: Duration

  public init(
    _ job: JobInterruptions, nodes: Int, evictAfter: Int? = nil, fastShare: Double = 0, fastInterval: Duration = .zero
  ) {
    self.job = job
    self.nodes = max(1, nodes)
    self.evictAfter = evictAfter
    self.fastShare = min(max(fastShare, 0), 1)
    self.fastInterval = fastInterval
  }

  /// What came of it.
  public struct Result: Hashable, Sendable {
    public var goodput: Goodput
    public var failures: Int
    public var evicted: Int
  }

  /// - Complexity: O(f log f) in the faults of the trace.
  public func run(_ trace: FaultTrace) -> Result {
    enum Change { case fails, returns }
    struct Event {
      var day: Double
      var node: Int
      var change: Change
    }
    var events: [Event] = []
    for fault in trace.faults where fault.node < trace.nodes {
      events.append(Event(day: fault.start, node: fault.node, change: .fails))
      if fault.end.isFinite { events.append(Event(day: fault.end, node: fault.node, change: .returns)) }
    }
    events.sort { ($0.day, $0.change == .returns ? 0 : 1, $0.node) < ($1.day, $1.change == .returns ? 0 : 1, $1.node) }

    var isUp = Array(repeating: true, count: trace.nodes)
    var isUsed = Array(repeating: false, count: trace.nodes)
    var isEvicted = Array(repeating: false, count: trace.nodes)
    var recent: [Int: [Double]] = [:]
    var used = 0
    var evicted = 0
    var failures = 0
    var spares: [Int] = Array((0..<trace.nodes).reversed())
    let segment = job.interval.seconds + job.save.seconds
    let restart = job.restart.seconds
    var (useful, saved, lost, restarting, waiting) = (0.0, 0.0, 0.0, 0.0, 0.0)
    var random = RandomStream(seed: 1)

    func fill() {
      while used < nodes, let next = spares.popLast() {
        guard isUp[next], !isEvicted[next], !isUsed[next] else { continue }
        isUsed[next] = true
        used += 1
      }
    }
    /// From one event to the next; `restartLeft` runs first.
    var restartLeft = restart
    var inSegment = 0.0
    func pass(_ seconds: Double) {
      var left = seconds
      guard left > 0 else { return }
      if used < nodes {
        waiting += left
        return
      }
      let begin = min(left, restartLeft)
      restarting += begin
      restartLeft -= begin
      left -= begin
      if left <= 0 || segment <= 0 { return }
      let total = inSegment + left
      let whole = (total / segment).rounded(.down)
      useful += whole * job.interval.seconds
      saved += whole * job.save.seconds
      inSegment = total - whole * segment
    }

    fill()
    var now = 0.0
    for event in events where event.day <= trace.days {
      pass((event.day - now) * 86400)
      now = event.day
      switch event.change {
      case .returns:
        isUp[event.node] = true
        if !isEvicted[event.node] {
          spares.append(event.node)
          if used < nodes {
            fill()
            if used == nodes { restartLeft = restart }
          }
        }
      case .fails:
        isUp[event.node] = false
        if let limit = evictAfter {
          let within = (recent[event.node] ?? []).filter { $0 > event.day - 30 } + [event.day]
          recent[event.node] = within
          if within.count >= limit, !isEvicted[event.node] {
            isEvicted[event.node] = true
            evicted += 1
          }
        }
        guard isUsed[event.node] else { continue }
        isUsed[event.node] = false
        if used == nodes {
          failures += 1
          var gone = inSegment
          if fastShare > 0, random.uniform() < fastShare, fastInterval.seconds > 0 {
            gone = inSegment.truncatingRemainder(dividingBy: fastInterval.seconds)
            useful += max(0, inSegment - gone)
          }
          lost += gone
          inSegment = 0
        }
        used -= 1
        fill()
        restartLeft = restart
      }
    }
    pass((trace.days - now) * 86400)
    let wall = trace.days * 86400
    // What the last segment had done when the trace ended is kept.
    let unfinished = wall - useful - saved - lost - restarting - waiting
    useful += max(0, unfinished)
    func part(_ span: Duration) -> Double { restart > 0 ? restarting * span.seconds / restart / wall : 0 }
    return Result(
      goodput: Goodput(
        useful: useful / wall * (1 - job.dataShare),
        lost: [
          .data: useful / wall * job.dataShare, .saving: saved / wall, .recomputing: lost / wall,
          .detection: part(job.detection), .startup: part(job.startup), .loading: part(job.loading),
          .waiting: waiting / wall,
        ]), failures: failures, evicted: evicted)
  }
}
