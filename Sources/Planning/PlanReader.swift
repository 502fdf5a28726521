import Documents
import Quantities
import Traffic

/// Reads single values out of a plan's nodes; collects every diagnostic and every place on the way.
struct PlanReader {
  var diagnostics = Diagnostics()
  var places: [String: SourceLocation] = [:]

  mutating func fail(_ message: String, _ node: Node, _ path: String, help: String) {
    diagnostics.append(.error(message, at: node.location, path: path, help: help))
  }

  /// A scalar that is a quantity in words (`120/s`).
  mutating func quantity<Q: QuantityText>(_ node: Node?, _ path: String, as type: Q.Type = Q.self) -> Q? {
    guard let node, let text = node.text else { return nil }
    places[path] = node.location
    do {
      return try Q.parse(text)
    } catch {
      fail("'\(lastKey(path))' \(error.problem): \"\(text)\"", node, path, help: error.remedy)
      return nil
    }
  }

  /// A quantity that must be above zero.
  mutating func positive<Q: QuantityText & Comparable>(_ node: Node?, _ path: String, zero: Q) -> Q? {
    guard let node, let value: Q = quantity(node, path) else { return nil }
    guard value > zero else {
      fail("'\(lastKey(path))' is not above zero: \"\(node.text ?? "")\"", node, path, help: "write a value above zero")
      return nil
    }
    return value
  }

  /// One value, or low, mid and high, read by `single`.
  mutating func estimate<Q: Quantity>(
    _ node: Node?, _ path: String, _ single: (inout PlanReader, Node, String) -> Q?
  ) -> Estimate<Q>? {
    guard let node else { return nil }
    places[path] = node.location
    guard node.entries != nil else { return single(&self, node, path).map { Estimate(exactly: $0) } }
    guard let low = node["low"].flatMap({ single(&self, $0, path + ".low") }),
      let mid = node["mid"].flatMap({ single(&self, $0, path + ".mid") }),
      let high = node["high"].flatMap({ single(&self, $0, path + ".high") })
    else { return nil }
    guard low <= mid, mid <= high else {
      fail("'\(lastKey(path))' is out of order", node, path, help: "write low <= mid <= high")
      return nil
    }
    return Estimate(low: low, mid: mid, high: high)
  }

  mutating func share(_ node: Node?, _ path: String, _ range: ClosedRange<Double>, help: String) -> Double? {
    guard let node, let value: Fraction = quantity(node, path) else { return nil }
    guard range.contains(value.rawValue) else {
      fail("'\(lastKey(path))' is out of range: \"\(node.text ?? "")\"", node, path, help: help)
      return nil
    }
    return value.rawValue
  }

  mutating func count(_ node: Node?, _ path: String, _ range: ClosedRange<Int>) -> Int? {
    guard let node, let value = node.integer else { return nil }
    places[path] = node.location
    guard range.contains(value) else {
      fail(
        "'\(lastKey(path))' is out of range: \(value)", node, path,
        help: "write a whole number from \(range.lowerBound) to \(range.upperBound)")
      return nil
    }
    return value
  }

  mutating func string(_ node: Node?, _ path: String) -> String? {
    guard let node, let text = node.text else { return nil }
    places[path] = node.location
    guard !text.isEmpty else {
      fail("'\(lastKey(path))' is empty", node, path, help: "write a value or leave the key out")
      return nil
    }
    return text
  }

  mutating func date(_ node: Node?, _ path: String) -> CivilDate? {
    guard let node, let text = node.text else { return nil }
    places[path] = node.location
    let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    if parts.count == 3, let y = parts[0], let m = parts[1], let d = parts[2],
      let date = CivilDate(year: y, month: m, day: d)
    {
      return date
    }
    fail(
      "'\(lastKey(path))' is not a date: \"\(text)\"", node, path, help: "write a day of the calendar, as 2026-11-27")
    return nil
  }

  /// `18:00`, as a span after midnight.
  mutating func timeOfDay(_ node: Node?, _ path: String) -> Duration? {
    guard let node, let text = node.text else { return nil }
    places[path] = node.location
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { part in
      part.count <= 2 && part.allSatisfy { $0.isASCII && $0.isNumber } ? Int(part) : nil
    }
    if parts.count == 2, numbers.count == 2, parts[1].count == 2, numbers[0] < 24, numbers[1] < 60 {
      return .minutes(Double(numbers[0] * 60 + numbers[1]))
    }
    fail(
      "'\(lastKey(path))' is not a time of day: \"\(text)\"", node, path, help: "write hours and minutes, as 18:00")
    return nil
  }

  /// Growth in words: `20%/year`, `1.5%/month`, `20%` (a year).
  mutating func yearlyGrowth(_ node: Node, _ path: String) -> Fraction? {
    guard let text = node.text else { return nil }
    let pieces = text.split(separator: "/", maxSplits: 1).map { $0.filter { $0 != " " } }
    let periods: Double?
    switch pieces.count == 2 ? pieces[1].lowercased() : "year" {
    case "year", "y", "yr": periods = 1
    case "quarter", "q": periods = 4
    case "month", "mo": periods = 12
    case "week", "w": periods = 365.25 / 7
    default: periods = nil
    }
    guard let periods, let first = pieces.first, let share = try? Fraction.parse(String(first)), share.rawValue > -1
    else {
      fail("'\(lastKey(path))' is not growth: \"\(text)\"", node, path, help: "write 20%/year or 1.5%/month")
      return nil
    }
    // Growth compounds: 1.5 % a month is 19.6 % a year.
    var yearly = 1.0
    if periods == 1 {
      yearly = 1 + share.rawValue
    } else {
      yearly = power(1 + share.rawValue, periods)
    }
    return Fraction(rawValue: yearly - 1)
  }

  func lastKey(_ path: String) -> String { path.split(separator: ".").last.map(String.init) ?? path }
}
