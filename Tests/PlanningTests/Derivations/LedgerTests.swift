import Glibc
import Quantities
import Testing

@testable import Planning

/// Value, formula, inputs and printed arithmetic come of one expression; these tests compute what is printed.
@Suite("The ledger") struct LedgerTests {
  /// Plans of many kinds: derived and stated headrooms, pools, regions, queues, and numbers that do not divide.
  private static let plans: [(rest: String, service: String)] = [
    ("headroom: 50%", "capacity: 2000/s per replica"),
    (
      "headroom: { cover: { forecast error: 90%, failures: 1 of 3 zones, scaling lag: true, growth until: 30d } }\nmachines: [ { type: g5.xlarge, replicas: 3 } ]",
      "capacity: 1999.7/s"
    ),
    (
      "headroom: { cover: { forecast error: 95%, capacity error: 90% } }\nmachines: [ { type: g5.xlarge, spot: 30%, reserved: 7 } ]",
      "capacity: { low: 1711/s, mid: 1901/s, high: 1973/s }"
    ),
    (
      "headroom: 33.3%\nregions: { a: { share: 33.3% }, b: { share: 33.3% }, c: { share: 33.4% } }\nmachines: [ { type: g5.xlarge, quota: 20 }, { type: g5.2xlarge } ]",
      "{ service time: 17ms, concurrency: 31, objective: { p99: 150ms } }"
    ),
    (
      "headroom: 20%\nmachines: [ { type: g5.xlarge } ]",
      "{ service time: 17ms, concurrency: 4, balancing: shared line, objective: { p95: 90ms } }"
    ),
  ]

  @Test("printed arithmetic gives the printed result, in every derivation of many plans", arguments: 0..<5)
  func arithmetic(_ i: Int) throws {
    var computed = 0
    for traffic in ["source: { csv: t.csv }", "average: 30123.4/s\n  peak to average: 2.37\n  growth: 17%/year"] {
      let outcome = try PlannerTests.outcome(Self.plans[i].rest, service: Self.plans[i].service, traffic: traffic)
      for derivation in outcome.ledger.all {
        guard let sides = Arithmetic.sides(of: derivation.worked) else { continue }
        guard let value = Arithmetic.value(of: sides.left) else { continue }
        let printed = try #require(Arithmetic.value(of: sides.right), "\(derivation.id): \(derivation.worked)")
        // Six significant digits are printed.
        #expect(
          abs(value - printed) <= 5.001e-6 * max(abs(printed), 1e-6), "\(derivation.id): \(derivation.worked)")
        computed += 1
      }
    }
    #expect(computed >= 6, "\(computed)")
  }

  @Test("a number is derived once, from numbers that are there")
  func chain() throws {
    var ledger = Ledger()
    ledger.note("a", "a", 0.3, .plain, from: .input(place: "here"))
    ledger.note("b", "b", 0.1, .plain, from: .input(place: "here"))
    #expect(ledger.derive("c", "c", .count, .ceil("a" / "b")) == 3)
    #expect(ledger["c"]?.worked == "ceil(0.3 / 0.1) = 3" && ledger["c"]?.formula == "ceil(a / b)")
    #expect(ledger["c"]?.inputs == ["a", "b"] && ledger.chain(of: "c").map(\.depth) == [0, 1, 1])
  }

  @Test("a chain holds each number once, where it is first needed")
  func chainOrder() {
    var ledger = Ledger()
    ledger.note("a", "a", 1, .plain, from: .assumption(why: "a test"))
    ledger.derive("b", "b", .plain, "a" * 2)
    ledger.derive("c", "c", .plain, "a" + "b")
    #expect(ledger.chain(of: "c").map { "\($0.depth)\($0.derivation.id)" } == ["0c", "1a", "1b"])
    #expect(ledger.chain(of: "none").isEmpty)
  }

  @Test("digits are added until the printed arithmetic holds")
  func digits() {
    var ledger = Ledger()
    ledger.note("a", "a", 100_000.4, .rate, from: .input(place: "here"))
    ledger.note("b", "b", 99_999.9, .rate, from: .input(place: "here"))
    ledger.derive("d", "difference", .rate, "a" - "b")
    #expect(ledger["d"]?.worked == "100,000.4/s - 99,999.9/s = 0.5/s")
  }

  @Test("arithmetic is read by the usual rules")
  func reader() {
    #expect(Arithmetic.value(of: "2 x (1 + 50 %)") == 3)
    #expect(Arithmetic.value(of: "ceil(112,500/s / 2,000/s)") == 57)
    #expect(Arithmetic.value(of: "$1.5/h x 2 h + $1") == 4)
    #expect(Arithmetic.value(of: "2 x 3^2 - 4 / 2") == 16)
    #expect(Arithmetic.value(of: "max(20 %, 0.5)") == 0.5)
    #expect(Arithmetic.value(of: "fewest replicas that carry 5/s") == nil)
  }
}

/// Computes what the ledger prints, as a reader with a calculator would: + - x / ^, ceil, max, brackets, units.
enum Arithmetic {
  static func sides(of text: String) -> (left: String, right: String)? {
    guard let at = text.lastIndex(of: "=") else { return nil }
    let left = String(text[..<at]).trimmed, right = String(text[text.index(after: at)...]).trimmed
    return left.isEmpty || right.isEmpty ? nil : (left, right)
  }

  static func value(of text: String) -> Double? {
    var parser = Parser(rest: Substring(text))
    guard let value = parser.sum() else { return nil }
    parser.skip()
    return parser.rest.isEmpty ? value : nil
  }

  private struct Parser {
    var rest: Substring

    mutating func skip() { rest = rest.drop { $0 == " " } }
    mutating func take(_ text: String) -> Bool {
      skip()
      guard rest.hasPrefix(text) else { return false }
      rest = rest.dropFirst(text.count)
      return true
    }
    mutating func sum() -> Double? {
      guard var value = product() else { return nil }
      while true {
        if take("+ ") {
          guard let next = product() else { return nil }
          value += next
        } else if take("- ") {
          guard let next = product() else { return nil }
          value -= next
        } else {
          return value
        }
      }
    }
    mutating func product() -> Double? {
      guard var value = power() else { return nil }
      while true {
        if take("x ") {
          guard let next = power() else { return nil }
          value *= next
        } else if take("/ ") {
          guard let next = power() else { return nil }
          // A ceiling forgives the rounding of its division.
          value /= next
        } else {
          return value
        }
      }
    }
    mutating func power() -> Double? {
      guard let base = atom() else { return nil }
      guard take("^") else { return base }
      return atom().map { pow(base, $0) }
    }
    mutating func atom() -> Double? {
      if take("ceil(") {
        guard let value = sum(), take(")") else { return nil }
        let nearest = value.rounded()
        return abs(value - nearest) < 1e-9 * max(1, abs(value)) ? nearest : value.rounded(.up)
      }
      if take("max(") {
        var values: [Double] = []
        repeat {
          guard let value = sum() else { return nil }
          values.append(value)
        } while take(",")
        return take(")") ? values.max() : nil
      }
      if take("(") {
        guard let value = sum(), take(")") else { return nil }
        return value
      }
      return number()
    }
    mutating func number() -> Double? {
      skip()
      let isNegative = take("-")
      _ = take("$")
      let digits = rest.prefix { $0.isNumber || $0 == "." || $0 == "," || $0 == "e" }
      // A comma with a space behind it is none of a number.
      let text = digits.hasSuffix(",") ? digits.dropLast() : digits
      guard let value = Double(text.filter { $0 != "," }) else { return nil }
      rest = rest.dropFirst(text.count)
      var scale = 1.0
      for (unit, by) in [("/s", 1.0), ("/h", 1), (" %", 0.01), (" h", 1), (" d", 1), (" s", 1)]
      where rest.hasPrefix(unit) && !(rest.dropFirst(unit.count).first?.isLetter ?? false) {
        rest = rest.dropFirst(unit.count)
        scale = by
        break
      }
      return (isNegative ? -1 : 1) * value * scale
    }
  }
}

extension String {
  var trimmed: String {
    var text = Substring(self)
    while text.first == " " { text = text.dropFirst() }
    while text.last == " " { text = text.dropLast() }
    return String(text)
  }
}
