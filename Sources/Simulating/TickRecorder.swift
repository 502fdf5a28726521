import Quantities
import Scaling
import Serving

/// What a run tells of each tick. A run without a recorder does the same arithmetic and keeps its totals alone.
protocol TickRecorder {
  /// Whether ticks are recorded: latencies that only a timeline shows are not looked up otherwise.
  static var recordsTicks: Bool { get }
  /// Whether single decisions are.
  static var recordsDecisions: Bool { get }
  mutating func add(_ row: TickRow)
  mutating func decided(_ decision: Decision, tick: Int)
}

/// One tick as it is recorded.
struct TickRow {
  var demand: Double
  var capacity: Double
  var ready: Int
  var starting: Int
  var paid: Int
  var queue: Double
  var unserved: Double
  var utilization: Double
  /// Seconds; NaN where it is not known.
  var p99: Double
}

/// Records nothing.
struct TotalsOnly: TickRecorder {
  static var recordsTicks: Bool { false }
  static var recordsDecisions: Bool { false }
  @inline(__always) mutating func add(_ row: TickRow) {}
  @inline(__always) mutating func decided(_ decision: Decision, tick: Int) {}
}

/// Records every tick of a short time, and the policy's decisions as spans with one reason.
struct CloseUpRecorder: TickRecorder {
  static var recordsTicks: Bool { true }
  static var recordsDecisions: Bool { true }
  private var recorder: TimelineRecorder
  private var spans: [(decision: Decision, first: Int, last: Int)] = []

  init(_ recorder: TimelineRecorder) { self.recorder = recorder }

  mutating func add(_ row: TickRow) { recorder.add(row) }

  mutating func decided(_ decision: Decision, tick: Int) {
    if let last = spans.last, last.decision.desired == decision.desired,
      last.decision.because.rule == decision.because.rule
    {
      spans[spans.count - 1].last = tick
    } else {
      spans.append((decision, tick, tick))
    }
  }

  /// - Parameter time: the time of a tick.
  mutating func closeUp(_ kind: Outcome.CloseUp.Kind, time: (Int) -> Timestamp) -> Outcome.CloseUp {
    recorder.flush()
    return Outcome.CloseUp(
      kind: kind, timeline: recorder.timeline,
      decisions: spans.map {
        Outcome.DecisionSpan(
          first: time($0.first), last: time($0.last), desired: $0.decision.desired,
          rule: $0.decision.because.rule.name.description, reason: $0.decision.because.description)
      })
  }
}
