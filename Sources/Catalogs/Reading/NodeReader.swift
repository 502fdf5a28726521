import Documents
import Quantities

/// Reads values out of a document's nodes, for plans, policies, service models and catalogs alike: a quantity in words, a
/// share, a count, a price, an estimate. Collects every diagnostic and every place on the way.
///
/// The shape (which keys there are, and whether a value is a number or a list) is a schema's business; what reads as nil
/// here is either not there or wrong, and in the latter case told.
public struct NodeReader: Sendable {
  public private(set) var diagnostics = Diagnostics()
  /// Where each value that was read stands, by its path (`"service.capacity"`).
  public private(set) var places: [String: SourceLocation] = [:]

  public init() {}

  /// Notes what is wrong with a node, or with the document where there is none.
  public mutating func fail(_ message: String, _ node: Node?, _ path: String, help: String) {
    diagnostics.append(.error(message, at: node?.location, path: path, help: help))
  }

  /// Notes what is odd and stops nothing.
  public mutating func warn(_ message: String, _ node: Node?, _ path: String, help: String) {
    diagnostics.append(.warning(message, at: node?.location, path: path, help: help))
  }

  public mutating func merge(_ other: Diagnostics) { diagnostics.merge(other) }

  /// Takes in what is wrong with the files that a key names. What has no place of its own, a file that is not there, stands at
  /// the key.
  public mutating func merge(_ other: Diagnostics, ofFilesAt node: Node?, _ path: String) {
    for var one in other.all {
      if one.location == nil {
        one.location = node?.location
        one.path = path
      }
      diagnostics.append(one)
    }
  }

  /// Remembers where a value stands.
  public mutating func remember(_ node: Node, _ path: String) { places[path] = node.location }

  /// Remembers where a key stands, for values that have no text of their own.
  public mutating func remember(_ location: SourceLocation, _ path: String) { places[path] = location }

  /// The last key of a path, as messages name it: `p99` of `service.objective.p99`.
  public static func lastKey(_ path: String) -> String { path.split(separator: ".").last.map(String.init) ?? path }

  // MARK: Scalars

  /// The text of a scalar; its place is remembered.
  public mutating func text(_ node: Node?, _ path: String) -> String? {
    guard let node, let text = node.text else { return nil }
    places[path] = node.location
    return text
  }

  /// A text that is not empty.
  public mutating func string(_ node: Node?, _ path: String) -> String? {
    guard let text = text(node, path) else { return nil }
    guard !text.isEmpty else {
      fail("'\(Self.lastKey(path))' is empty", node, path, help: "write a value or leave the key out")
      return nil
    }
    return text
  }

  /// `true` or `false`.
  public mutating func flag(_ node: Node?, _ path: String) -> Bool? {
    guard let node, let value = node.bool else { return nil }
    places[path] = node.location
    return value
  }

  /// A whole number within bounds.
  public mutating func count(_ node: Node?, _ path: String, _ range: ClosedRange<Int>) -> Int? {
    guard let node, let value = node.integer else { return nil }
    places[path] = node.location
    guard range.contains(value) else {
      fail(
        "'\(Self.lastKey(path))' is out of range: \(value)", node, path,
        help: "write a whole number from \(range.lowerBound) to \(range.upperBound)")
      return nil
    }
    return value
  }

  /// A number within bounds.
  public mutating func number(_ node: Node?, _ path: String, _ range: ClosedRange<Double>, help: String) -> Double? {
    guard let node, let value = node.number else { return nil }
    places[path] = node.location
    guard range.contains(value) else {
      fail("'\(Self.lastKey(path))' is out of range: \(node.text ?? "")", node, path, help: help)
      return nil
    }
    return value
  }

  /// A number above a bound, at most 10^12.
  public mutating func number(_ node: Node?, _ path: String, above bound: Double) -> Double? {
    guard let node, let value = node.number else { return nil }
    places[path] = node.location
    guard value > bound, value.isFinite, value <= 1e12 else {
      fail(
        "'\(Self.lastKey(path))' is out of range: \(node.text ?? "")", node, path,
        help: "write a number above \(NumberFormat.significant(bound, 6))")
      return nil
    }
    return value
  }

  // MARK: Quantities

  /// A scalar that is a quantity in words: `120/s`, `70%`, `45s`, `$1.2/h`.
  public mutating func quantity<Q: QuantityText>(_ node: Node?, _ path: String, as type: Q.Type = Q.self) -> Q? {
    guard let text = text(node, path) else { return nil }
    do {
      let value = try Q.parse(text)
      if let remedy = PlausibleRange.doubt(value) {
        fail("'\(Self.lastKey(path))' is not plausible: \"\(text)\"", node, path, help: remedy)
        return nil
      }
      doubtUnit(of: value, node, path)
      return value
    } catch {
      fail("'\(Self.lastKey(path))' \(error.problem): \"\(text)\"", node, path, help: error.remedy)
      return nil
    }
  }

  /// A word on a bare number in a document that a person wrote, where it was taken in a unit that nobody said.
  private mutating func doubtUnit<Q>(of value: Q, _ node: Node?, _ path: String) {
    guard let node, node.isYAML, let number = node.number, number != 0, let unit = PlausibleRange.unit(of: value) else {
      return
    }
    warn(
      "'\(Self.lastKey(path))' has no unit: \(node.text ?? "") is taken \(unit.words)", node, path,
      help: "write \(unit.prefix)\(node.text ?? "")\(unit.suffix)")
  }

  /// A quantity that must be above zero.
  public mutating func positive<Q: QuantityText & Comparable>(_ node: Node?, _ path: String, zero: Q) -> Q? {
    guard let node, let value: Q = quantity(node, path) else { return nil }
    guard value > zero else {
      fail(
        "'\(Self.lastKey(path))' is not above zero: \"\(node.text ?? "")\"", node, path,
        help: "write a value above zero")
      return nil
    }
    return value
  }

  /// A span of time above zero.
  public mutating func positiveSpan(_ node: Node?, _ path: String) -> Duration? { positive(node, path, zero: .zero) }

  /// A span of time within bounds; the shortest is what the remedy names.
  public mutating func span(
    _ node: Node?, _ path: String, atLeast shortest: Duration = .zero, atMost longest: Duration = .days(366)
  ) -> Duration? {
    guard let node, let value: Duration = quantity(node, path) else { return nil }
    guard value >= shortest, value <= longest else {
      fail(
        "'\(Self.lastKey(path))' is out of range: \"\(node.text ?? "")\"", node, path,
        help: "write \(NumberFormat.duration(shortest)) or more, at most "
          + (longest == .days(366) ? "a year" : NumberFormat.duration(longest)))
      return nil
    }
    return value
  }

  /// A share within bounds, as a number from 0 to 1.
  public mutating func share(_ node: Node?, _ path: String, _ range: ClosedRange<Double>, help: String) -> Double? {
    guard let node, let value: Fraction = quantity(node, path) else { return nil }
    guard range.contains(value.rawValue) else {
      fail("'\(Self.lastKey(path))' is out of range: \"\(node.text ?? "")\"", node, path, help: help)
      return nil
    }
    return value.rawValue
  }

  /// A rate above zero that may be said of a replica: `2000/s per replica`.
  public mutating func replicaRate(_ node: Node?, _ path: String) -> RequestRate? {
    guard let text = text(node, path) else { return nil }
    // The unit keeps its case: 2M/s are two million, 2m/s nothing.
    var bare = text
    for suffix in ["per replica", "per instance"] where bare.lowercased().hasSuffix(suffix) {
      bare = String(bare.dropLast(suffix.count))
    }
    while bare.last == " " { bare.removeLast() }
    guard let rate = try? RequestRate.parse(bare), rate > .zero else {
      fail(
        "'\(Self.lastKey(path))' is not a rate above zero: \"\(text)\"", node, path, help: "write 2000/s per replica")
      return nil
    }
    if let remedy = PlausibleRange.doubt(rate) {
      fail("'\(Self.lastKey(path))' is not plausible: \"\(text)\"", node, path, help: remedy)
      return nil
    }
    doubtUnit(of: rate, node, path)
    return rate
  }

  /// The currency that a document counts in, by its three letters.
  public mutating func currency(_ node: Node?, _ path: String) -> Currency? {
    guard let text = string(node, path) else { return nil }
    if let currency = Currency(text) { return currency }
    fail(
      "'\(Self.lastKey(path))' is not a currency of ISO 4217: \"\(text)\"", node, path,
      help: "write its three letters, as EUR or USD")
    return nil
  }

  /// A price of an hour that is a finite number and not negative.
  public mutating func price(_ node: Node?, _ path: String) -> HourlyPrice? {
    guard let node, let price: HourlyPrice = quantity(node, path) else { return nil }
    guard price.isFinite, price >= .zero else {
      fail("'\(Self.lastKey(path))' is not a price: \"\(node.text ?? "")\"", node, path, help: "write $0.85/h")
      return nil
    }
    return price
  }

  /// One value, or low, mid and high in this order, each read by `single`.
  public mutating func estimate<Q: Quantity>(
    _ node: Node?, _ path: String, _ single: (inout NodeReader, Node, String) -> Q?
  ) -> Estimate<Q>? {
    guard let node else { return nil }
    places[path] = node.location
    guard node.entries != nil else { return single(&self, node, path).map { Estimate(exactly: $0) } }
    guard let low = node["low"].flatMap({ single(&self, $0, path + ".low") }),
      let mid = node["mid"].flatMap({ single(&self, $0, path + ".mid") }),
      let high = node["high"].flatMap({ single(&self, $0, path + ".high") })
    else { return nil }
    guard low <= mid, mid <= high else {
      fail("'\(Self.lastKey(path))' is out of order", node, path, help: "write low <= mid <= high")
      return nil
    }
    return Estimate(low: low, mid: mid, high: high)
  }
}
