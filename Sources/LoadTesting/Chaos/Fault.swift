import Quantities

/// What a faulty network does to the bytes that pass.
public struct Toxics: Sendable, Hashable {
  /// Added to what the service sends, on its way back; a jitter is drawn evenly from minus to plus so much.
  public var latency = Duration.zero
  public var jitter = Duration.zero
  /// Bytes a second of each connection in each direction; nil for no limit.
  public var bandwidth: Double?
  /// The share of connections that are reset: of those that are open as the fault begins, and of new ones.
  public var resets = 0.0
  /// Whether connections swallow what they are given and stay silent, as if the other side had lost its power.
  public var swallows = false
  /// How much later than its last byte the end of a connection is passed on.
  public var slowClose = Duration.zero

  public init() {}
  public var isNone: Bool { self == Toxics() }

  /// Two faults at a time: latencies add up, the narrower limit counts, connections must survive both.
  public func combined(with other: Toxics) -> Toxics {
    var result = self
    result.latency += other.latency
    result.jitter += other.jitter
    result.bandwidth = [bandwidth, other.bandwidth].compactMap { $0 }.min()
    result.resets = 1 - (1 - resets) * (1 - other.resets)
    result.swallows = swallows || other.swallows
    result.slowClose = max(slowClose, other.slowClose)
    return result
  }

  /// `latency=100ms,jitter=20ms`, as it is written on the command line.
  public var text: String {
    var parts: [String] = []
    if latency > .zero { parts.append("latency=\(NumberFormat.duration(latency))") }
    if jitter > .zero { parts.append("jitter=\(NumberFormat.duration(jitter))") }
    if let bandwidth { parts.append("bandwidth=\(Bytes(rawValue: bandwidth))/s") }
    if resets > 0 { parts.append(resets == 1 ? "reset" : "reset=\(NumberFormat.significant(resets * 100, 4))%") }
    if swallows { parts.append("half-open") }
    if slowClose > .zero { parts.append("slow-close=\(NumberFormat.duration(slowClose))") }
    return parts.joined(separator: ",")
  }
}

/// A signal to a process.
public enum FaultSignal: String, Sendable, CaseIterable {
  case stop = "STOP"
  case resume = "CONT"
  case terminate = "TERM"
  case kill = "KILL"
}

/// Something that goes wrong at a time: toxics for a while, or a signal at once.
public struct Fault: Sendable, Hashable, CustomStringConvertible {
  public enum Kind: Sendable, Hashable {
    case toxics(Toxics)
    case signal(FaultSignal, pid: Int)
  }
  /// From the start of the test.
  public var start: Duration
  /// Nil where it goes on to the end; a signal has none.
  public var end: Duration?
  public var kind: Kind

  public init(start: Duration, end: Duration?, _ kind: Kind) {
    self.start = start
    self.end = end
    self.kind = kind
  }

  public var description: String {
    switch kind {
    case .toxics(let toxics):
      let until = end.map { NumberFormat.duration($0) } ?? ""
      return "\(NumberFormat.duration(start))..\(until) \(toxics.text)"
    case .signal(let signal, let pid): return "\(signal.rawValue) to \(pid) at \(NumberFormat.duration(start))"
    }
  }
}

/// All that goes wrong in a test, and when.
public struct FaultSchedule: Sendable, Hashable {
  public var faults: [Fault]
  public init(_ faults: [Fault] = []) {
    self.faults = faults.sorted { ($0.start, $0.end ?? .seconds(1e9)) < ($1.start, $1.end ?? .seconds(1e9)) }
  }

  /// What passing bytes suffer at a time from the start.
  public func toxics(at time: Duration) -> Toxics {
    var result = Toxics()
    for case let fault in faults where fault.start <= time && time < (fault.end ?? .seconds(1e12)) {
      if case .toxics(let toxics) = fault.kind { result = result.combined(with: toxics) }
    }
    return result
  }

  /// The stretches of the test in which something is wrong: toxics as they stand, and for a process the time from its
  /// STOP to the CONT of the same process. A TERM or KILL has no length: what it breaks is over with it, and coming
  /// back is all recovery.
  public var windows: [FaultWindow] {
    var result: [FaultWindow] = []
    for (place, fault) in faults.enumerated() {
      switch fault.kind {
      case .toxics: result.append(FaultWindow(what: fault.description, start: fault.start, end: fault.end))
      case .signal(.resume, _): break
      case .signal(.stop, let pid):
        let resumed = faults[(place + 1)...].first { $0.kind == .signal(.resume, pid: pid) }?.start
        let until = resumed.map { " until \(NumberFormat.duration($0))" } ?? ""
        result.append(FaultWindow(what: fault.description + until, start: fault.start, end: resumed))
      case .signal: result.append(FaultWindow(what: fault.description, start: fault.start, end: fault.start))
      }
    }
    return result
  }
}

/// A stretch of a test in which something is wrong.
public struct FaultWindow: Sendable, Hashable {
  public var what: String
  public var start: Duration
  /// Nil where it goes on to the end of the test.
  public var end: Duration?
  public init(what: String, start: Duration, end: Duration?) {
    self.what = what
    self.start = start
    self.end = end
  }
}
