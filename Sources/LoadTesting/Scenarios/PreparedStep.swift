import Documents

/// A step as a session's course has it: patterns compiled, names resolved to slots.
final class PreparedStep {
  enum Take {
    case json(JSONPointer)
    case header([UInt8], TextPattern?)
    case pattern(TextPattern)
    case status
  }
  enum Check {
    case status([ClosedRange<Int>])
    case contains(TextTemplate, isWanted: Bool)
    case matches(TextPattern)
    case json(JSONPointer, TextTemplate)
    case header([UInt8], [UInt8])
    case within(Int64)
  }
  let takes: [(slot: Int, take: Take)]
  let checks: [Check]
  let think: Scenario.Think
  let times: Int
  let redirects: Int
  let goesOn: Bool
  /// What of an answer has to be kept to the end of it.
  let needsHead: Bool
  let needsBody: Bool
  /// Where the step is sent after a redirect; nil where none is followed.
  let redirect: PreparedRequest?
  /// Whether its method may be repeated as GET where a redirect asks for the same method.
  let isRead: Bool

  init(_ step: Scenario.Step, slots: TextTemplate.Names, keepsCookies: Bool, redirect: PreparedRequest?)
    throws(LoadTestingError)
  {
    var takes: [(slot: Int, take: Take)] = []
    for take in step.takes {
      guard let slot = slots.slots[take.name] else { continue }
      takes.append((slot, try Self.prepared(take.source)))
    }
    var checks: [Check] = []
    for check in step.checks { checks.append(try Self.prepared(check, slots)) }
    self.takes = takes
    self.checks = checks
    think = step.think
    times = step.times
    redirects = step.redirects
    goesOn = step.goesOn
    self.redirect = redirect
    isRead = ["GET", "HEAD"].contains(step.request.method)
    let readsBody =
      takes.contains {
        switch $0.take {
        case .json, .pattern: true
        case .header, .status: false
        }
      }
      || checks.contains {
        switch $0 {
        case .contains, .matches, .json: true
        case .status, .header, .within: false
        }
      }
    let readsHead =
      takes.contains { if case .header = $0.take { true } else { false } }
      || checks.contains { if case .header = $0 { true } else { false } }
    needsBody = readsBody
    // Of a body that is read the head says how it is packed.
    needsHead = readsHead || readsBody || keepsCookies || redirects > 0
  }

  private static func prepared(_ source: Scenario.Source) throws(LoadTestingError) -> Take {
    switch source {
    case .json(let pointer): return .json(try Self.pointer(pointer))
    case .header(let name, let pattern):
      return .header(
        Array(name.lowercased().utf8), try pattern.map { text throws(LoadTestingError) in try TextPattern(text) })
    case .pattern(let text): return .pattern(try TextPattern(text))
    case .status: return .status
    }
  }
  private static func prepared(
    _ check: Scenario.Check, _ slots: TextTemplate.Names
  ) throws(LoadTestingError) -> Check {
    switch check {
    case .status(let ranges): .status(ranges)
    case .contains(let text): .contains(try TextTemplate(text, .text, slots), isWanted: true)
    case .lacks(let text): .contains(try TextTemplate(text, .text, slots), isWanted: false)
    case .matches(let text): .matches(try TextPattern(text))
    case .json(let pointer, let value): .json(try Self.pointer(pointer), try TextTemplate(value, .text, slots))
    case .header(let name, let text): .header(Array(name.lowercased().utf8), Array(text.utf8))
    case .within(let limit): .within(limit)
    }
  }
  static func pointer(_ text: String) throws(LoadTestingError) -> JSONPointer {
    guard let pointer = JSONPointer(text) else {
      throw LoadTestingError(
        .badSettings, "'\(text)' is no JSON pointer", remedy: "begin it with a slash, as /items/0/id (RFC 6901)")
    }
    return pointer
  }

  /// The value that a take finds; nil where there is none.
  func value(
    _ take: Take, status: Int, head: HeaderLines, body: UnsafeBufferPointer<UInt8>
  ) -> [UInt8]? {
    switch take {
    case .json(let pointer): return pointer.value(in: body)
    case .pattern(let pattern): return pattern.value(in: body).map { Array($0) }
    case .header(let name, let pattern):
      guard let value = head.first(name) else { return nil }
      guard let pattern else { return Array(value) }
      return pattern.value(in: value).map { Array($0) }
    case .status: return Array("\(status)".utf8)
    }
  }

  /// The first check that an answer does not keep; nil where it keeps all. Without a check of the status those from 400
  /// on are none: -1.
  func firstMissed(
    status: Int, head: HeaderLines, body: UnsafeBufferPointer<UInt8>, elapsed: Int64, _ values: [[UInt8]]
  ) -> Int? {
    var judgesStatus = false
    for (i, check) in checks.enumerated() {
      let isKept: Bool
      switch check {
      case .status(let ranges):
        judgesStatus = true
        isKept = ranges.contains { $0.contains(status) }
      case .contains(let text, let isWanted): isKept = Self.contains(body, text.bytes(values)) == isWanted
      case .matches(let pattern): isKept = pattern.value(in: body) != nil
      case .json(let pointer, let value): isKept = pointer.value(in: body) == value.bytes(values)
      case .header(let name, let text): isKept = head.first(name).map { Self.contains($0, text) } ?? false
      case .within(let limit): isKept = elapsed <= limit
      }
      if !isKept { return i }
    }
    return judgesStatus || status < 400 ? nil : -1
  }

  static func contains(_ text: UnsafeBufferPointer<UInt8>, _ needle: [UInt8]) -> Bool {
    guard let first = needle.first else { return true }
    guard text.count >= needle.count else { return false }
    return needle.withUnsafeBufferPointer { needle in
      for i in 0...(text.count - needle.count) where text[i] == first {
        var k = 1
        while k < needle.count, text[i &+ k] == needle[k] { k &+= 1 }
        if k == needle.count { return true }
      }
      return false
    }
  }
}
