import Documents
import Quantities

/// One fault of one machine: from when to when it was out of use.
public struct Fault: Hashable, Sendable {
  public var node: Int
  /// Days since the trace began.
  public var start: Double
  /// Infinite where it was not repaired before the trace ends.
  public var end: Double
  public var kind: String

  public init(node: Int, start: Double, end: Double, kind: String = "") {
    self.node = node
    self.start = start
    self.end = max(start, end)
    self.kind = kind
  }
}

/// What went wrong in a cluster over time.
public struct FaultTrace: Sendable {
  /// By start.
  public var faults: [Fault]
  /// Machines that were watched, those without a fault included.
  public var nodes: Int
  public var days: Double

  public init(_ faults: [Fault], nodes: Int, days: Double) {
    self.faults = faults.sorted { ($0.start, $0.node) < ($1.start, $1.node) }
    self.nodes = max(nodes, 1)
    self.days = max(days, 1e-6)
  }

  /// Reads a list of `{"node", "day", "event": "fault_start" or "fault_end", "kind"}`.
  ///
  /// - Parameter nodes: Machines that were watched; nil for those that the list names and those between their numbers.
  /// - Throws: ``TrainingError`` where it is no such list.
  public init(_ document: Node, nodes: Int? = nil) throws(TrainingError) {
    guard let list = document.elements, !list.isEmpty else {
      throw TrainingError(
        .invalidValue, "the fault trace is not a list of events",
        remedy: #"write [{"node": 3, "day": 1.5, "event": "fault_start", "kind": "GPU"}, ...]"#)
    }
    var open: [Int: (start: Double, kind: String, unrepaired: Set<String>)] = [:]
    var faults: [Fault] = []
    var last = 0.0
    var highest = 0
    struct Event {
      var node: Int
      var day: Double
      var isStart: Bool
      var kind: String
    }
    var events: [Event] = []
    for item in list {
      guard let node = item["node"]?.integer, let day = item["day"]?.number, day.isFinite, day >= 0,
        let event = item["event"]?.text, event == "fault_start" || event == "fault_end"
      else {
        throw TrainingError(
          .invalidValue,
          "\(item.location): an event lacks its node, its day, or says neither fault_start nor fault_end",
          remedy: #"write {"node": 3, "day": 1.5, "event": "fault_start"}"#)
      }
      events.append(Event(node: node, day: day, isStart: event == "fault_start", kind: item["kind"]?.text ?? ""))
    }
    for event in events.sorted(by: { ($0.day, $0.node) < ($1.day, $1.node) }) {
      last = max(last, event.day)
      highest = max(highest, event.node)
      if event.isStart {
        // A second fault before the repair of the first prolongs it: the machine is back when both are repaired.
        open[event.node, default: (event.day, event.kind, [])].unrepaired.insert(event.kind)
      } else if var begun = open.removeValue(forKey: event.node) {
        // An end of a kind that did not begin, or of none, ends all.
        if begun.unrepaired.remove(event.kind) == nil { begun.unrepaired = [] }
        if begun.unrepaired.isEmpty {
          faults.append(Fault(node: event.node, start: begun.start, end: event.day, kind: begun.kind))
        } else {
          open[event.node] = begun
        }
      }
    }
    for (node, begun) in open {
      faults.append(Fault(node: node, start: begun.start, end: .infinity, kind: begun.kind))
    }
    self.init(faults, nodes: nodes ?? highest + 1, days: last)
  }

  /// Faults a machine and day.
  public var ratePerNodeDay: Double { Double(faults.count) / (Double(nodes) * days) }

  /// The coefficient of variation of the gaps between faults of the whole cluster; 1 where they are exponential.
  public var gapVariation: Double? {
    let gaps = zip(faults, faults.dropFirst()).map { $1.start - $0.start }
    guard let mean = Statistics.mean(gaps), let deviation = Statistics.deviation(gaps), mean > 0 else { return nil }
    return deviation / mean
  }

  /// The share of the faults that the worst tenth of the machines has.
  public var worstTenthShare: Double {
    guard !faults.isEmpty else { return 0 }
    var counts: [Int: Int] = [:]
    for fault in faults { counts[fault.node, default: 0] += 1 }
    let worst = counts.values.sorted(by: >).prefix(max(1, nodes / 10))
    return Double(worst.reduce(0, +)) / Double(faults.count)
  }

  /// Hours of the repairs that ended.
  public var repairHours: [Double] { faults.filter { $0.end.isFinite }.map { ($0.end - $0.start) * 24 } }

  /// The faults of some of the machines, numbered anew.
  public func part(_ isKept: (Int) -> Bool) -> FaultTrace {
    let kept = (0..<nodes).filter(isKept)
    let number = Dictionary(uniqueKeysWithValues: zip(kept, 0...))
    return FaultTrace(
      faults.compactMap { fault in
        number[fault.node].map { Fault(node: $0, start: fault.start, end: fault.end, kind: fault.kind) }
      }, nodes: kept.count, days: days)
  }
}
