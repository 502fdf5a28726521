import Documents
import Quantities

extension Toxics {
  static let words = ["latency", "jitter", "bandwidth", "reset", "half-open", "slow-close"]

  /// Sets one of them by its word.
  /// - Throws: a problem and its remedy.
  mutating func set(_ word: String, _ value: String?) throws(LoadTestingError) {
    func bad(_ problem: String, _ remedy: String) -> LoadTestingError {
      LoadTestingError(.badSettings, problem, remedy: remedy)
    }
    func span() throws(LoadTestingError) -> Duration {
      // A day is longer than any test; without a bound, adding up could overflow.
      guard let value, let span = try? Duration.parse(value), span >= .zero, span <= .hours(24) else {
        throw bad("'\(value ?? "")' is no span for \(word)", "write \(word)=100ms")
      }
      return span
    }
    switch word {
    case "latency": latency = try span()
    case "jitter": jitter = try span()
    case "slow-close": slowClose = try span()
    case "bandwidth":
      let text = value.map { $0.hasSuffix("/s") ? String($0.dropLast(2)) : $0 } ?? ""
      guard let size = try? Bytes.parse(text), size.rawValue >= 1, size.rawValue <= 1e15 else {
        throw bad("'\(value ?? "")' is no bandwidth", "write bandwidth=1MB/s")
      }
      bandwidth = size.rawValue
    case "reset":
      guard let value, value != "true" else {
        resets = 1
        return
      }
      guard let share = try? Fraction.parse(value), share.rawValue > 0, share.rawValue <= 1 else {
        throw bad("'\(value)' is no share of connections", "write reset, or reset=10%")
      }
      resets = share.rawValue
    case "half-open":
      guard value == nil || value == "true" else { throw bad("half-open takes no value", "write half-open") }
      swallows = true
    default:
      let near = nearest(word, in: Self.words).map { "did you mean \($0)? " } ?? ""
      throw bad("there is no fault '\(word)'", near + "choose from \(Self.words.joined(separator: ", "))")
    }
  }

  /// Reads `latency=100ms,jitter=20ms,reset=10%`.
  public init(_ text: String) throws(LoadTestingError) {
    self.init()
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map { Self.trimmed($0) }
      try set(sides[0], sides.count > 1 ? sides[1] : nil)
    }
  }

  private static func trimmed(_ text: Substring) -> String {
    String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}

extension Fault {
  /// Reads `10s..20s latency=100ms,jitter=20ms`; `10s..` goes on to the end.
  public init(at text: String) throws(LoadTestingError) {
    let words = text.split(separator: " ", maxSplits: 1)
    guard words.count == 2 else {
      throw LoadTestingError(
        .badSettings, "'\(text)' names no time and fault", remedy: "write '10s..20s latency=100ms,jitter=20ms'")
    }
    let (start, end) = try Self.times(String(words[0]))
    self.init(start: start, end: end, .toxics(try Toxics(String(words[1]))))
  }

  /// Reads `PID:STOP@3s`.
  public init(signal text: String) throws(LoadTestingError) {
    func bad(_ problem: String) -> LoadTestingError {
      LoadTestingError(.badSettings, problem, remedy: "write 1234:STOP@3s, with STOP, CONT, TERM or KILL")
    }
    let sides = text.split(separator: "@", omittingEmptySubsequences: false)
    guard sides.count == 2 else { throw bad("'\(text)' is no signal with its time") }
    let parts = sides[0].split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let pid = Int(parts[0]) else { throw bad("'\(sides[0])' is no pid and signal") }
    guard let signal = FaultSignal(rawValue: Self.signalName(String(parts[1]))) else {
      throw bad("'\(parts[1])' is no signal that may be sent")
    }
    guard let time = Self.time(String(sides[1])) else { throw bad("'\(sides[1])' is no time") }
    self.init(start: time, end: nil, .signal(signal, pid: pid))
  }

  static func signalName(_ text: String) -> String {
    let upper = text.uppercased()
    return upper.hasPrefix("SIG") ? String(upper.dropFirst(3)) : upper
  }

  static func time(_ text: String) -> Duration? {
    guard let span = try? Duration.parse(text), span >= .zero, span <= .hours(24) else { return nil }
    return span
  }

  /// Reads `10s..20s` or `10s..`.
  static func times(_ text: String) throws(LoadTestingError) -> (start: Duration, end: Duration?) {
    let bad = LoadTestingError(
      .badSettings, "'\(text)' is no stretch of time", remedy: "write 10s..20s, or 10s.. to the end")
    var dots: String.Index?
    for index in text.indices where text[index...].hasPrefix("..") {
      dots = index
      break
    }
    guard let dots else { throw bad }
    let rest = String(text[text.index(dots, offsetBy: 2)...])
    guard let start = time(String(text[..<dots])) else { throw bad }
    if rest.isEmpty { return (start, nil) }
    guard let end = time(rest), end > start else { throw bad }
    return (start, end)
  }
}

extension FaultSchedule {
  /// Reads a schedule from YAML:
  ///
  ///     faults:
  ///       - { at: 10s..20s, latency: 100ms, jitter: 20ms }
  ///       - { at: 30s, signal: STOP, pid: 1234 }
  ///
  /// - Throws: everything that is wrong with it, with places.
  public init(yaml bytes: [UInt8], file: String? = nil) throws(Diagnostics) {
    let root = try YAML.parse(bytes, file: file)
    var problems = Diagnostics()
    var found: [Fault] = []
    for entry in root.entries ?? [] where entry.key != "faults" {
      problems.append(
        .error("there is no key '\(entry.key)' here", at: entry.keyLocation, help: "write faults: with a list below"))
    }
    if let list = root["faults"]?.elements, !list.isEmpty {
      for node in list {
        do throws(Diagnostics) {
          found.append(try Self.fault(node))
        } catch {
          problems.merge(error)
        }
      }
    } else {
      problems.append(
        .error(
          "there are no faults", at: root.location,
          help: "write faults: and below it - { at: 10s..20s, latency: 100ms }")
      )
    }
    try problems.throwIfErrors()
    self.init(found)
  }

  private static func fault(_ node: Node) throws(Diagnostics) -> Fault {
    var problems = Diagnostics()
    guard let entries = node.entries else {
      throw Diagnostics([
        .error("a fault is a mapping", at: node.location, help: "write { at: 10s..20s, latency: 100ms }")
      ])
    }
    func text(_ node: Node) -> String? { node.isNull ? nil : node.text }
    guard let at = node["at"], let times = text(at) else {
      throw Diagnostics([
        .error("a fault has no time", at: node.location, help: "write at: 10s..20s, or at: 10s for a signal")
      ])
    }
    if let name = node["signal"] {
      for entry in entries where !["at", "signal", "pid"].contains(entry.key) {
        problems.append(
          .error(
            "a signal has no '\(entry.key)'", at: entry.keyLocation, help: "write { at: 3s, signal: STOP, pid: 1234 }"))
      }
      let signal = text(name).flatMap { FaultSignal(rawValue: Fault.signalName($0)) }
      if signal == nil {
        problems.append(
          .error("this signal may not be sent", at: name.location, help: "write STOP, CONT, TERM or KILL"))
      }
      let pid = node["pid"]?.integer
      if pid == nil {
        problems.append(
          .error("a signal needs a pid", at: node["pid"]?.location ?? node.location, help: "write pid: 1234"))
      }
      let time = Fault.time(times)
      if time == nil { problems.append(.error("'\(times)' is no time", at: at.location, help: "write at: 3s")) }
      try problems.throwIfErrors()
      guard let signal, let pid, let time else { throw problems }
      return Fault(start: time, end: nil, .signal(signal, pid: pid))
    }
    var toxics = Toxics()
    for entry in entries where entry.key != "at" {
      do throws(LoadTestingError) {
        try toxics.set(entry.key, text(entry.value))
      } catch {
        problems.append(.error(error.problem, at: entry.keyLocation, help: error.remedy))
      }
    }
    if entries.count == 1 {
      problems.append(
        .error("nothing goes wrong here", at: node.location, help: "add one of \(Toxics.words.joined(separator: ", "))")
      )
    }
    var window: (start: Duration, end: Duration?)?
    do throws(LoadTestingError) {
      window = try Fault.times(times)
    } catch {
      problems.append(.error(error.problem, at: at.location, help: error.remedy))
    }
    try problems.throwIfErrors()
    guard let window else { throw problems }
    return Fault(start: window.start, end: window.end, .toxics(toxics))
  }
}
