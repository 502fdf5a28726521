import Costs
import Glibc
import Quantities
import Serving

/// Arithmetic over the numbers of a ledger. One expression is evaluated, written in names and written in figures, so that
/// a value and the arithmetic that is printed for it cannot part.
///
/// Strings are numbers of the ledger by their id, number literals stand for themselves:
/// `"peak" * (1 + "headroom")`.
public indirect enum Formula: Sendable {
  /// A number of the ledger.
  case number(String)
  /// A number that stands in the formula itself.
  case constant(Double, NumberUnit)
  case sum(Formula, Formula)
  case difference(Formula, Formula)
  case product(Formula, Formula)
  case quotient(Formula, Formula)
  case power(Formula, Formula)
  case largest([Formula])
  /// Rounded up to a whole number. Of a quotient the rounding error of the division is forgiven: 0.3 / 0.1 is 3, not 4.
  case ceiling(Formula)
  /// The replicas of a service for a rate, asked of its model; `capacity` is the ledger's number for one of them.
  case replicas(ServiceCapacity, rate: Formula, capacity: String)
  /// The total of a bill: machine-hours at prices, as `Costs` has them. The ids are numbers that it rests on.
  case bill(CostBreakdown, of: [String])

  public static func ceil(_ formula: Formula) -> Formula { .ceiling(formula) }
  public static func + (a: Formula, b: Formula) -> Formula { .sum(a, b) }
  public static func - (a: Formula, b: Formula) -> Formula { .difference(a, b) }
  public static func * (a: Formula, b: Formula) -> Formula { .product(a, b) }
  public static func / (a: Formula, b: Formula) -> Formula { .quotient(a, b) }
}

extension Formula: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral {
  public init(stringLiteral id: String) { self = .number(id) }
  public init(integerLiteral value: Int) { self = .constant(Double(value), .plain) }
  public init(floatLiteral value: Double) { self = .constant(value, .plain) }
}

extension Formula {
  /// The ids of the numbers in it, each once, in order.
  var inputs: [String] {
    var seen: Set<String> = []
    return all.filter { seen.insert($0).inserted }
  }

  private var all: [String] {
    switch self {
    case .number(let id): [id]
    case .constant: []
    case .sum(let a, let b), .difference(let a, let b), .product(let a, let b), .quotient(let a, let b),
      .power(let a, let b):
      a.all + b.all
    case .largest(let parts): parts.flatMap(\.all)
    case .ceiling(let part): part.all
    case .replicas(_, let rate, let capacity): rate.all + [capacity]
    case .bill(_, let ids): ids
    }
  }

  /// The value over the numbers that `figure` gives, with constants as `constant` has them.
  func value(_ figure: (String) -> Double, constant: (Double, NumberUnit) -> Double = { value, _ in value }) -> Double {
    switch self {
    case .number(let id): return figure(id)
    case .constant(let value, let unit): return constant(value, unit)
    case .sum(let a, let b): return a.value(figure, constant: constant) + b.value(figure, constant: constant)
    case .difference(let a, let b): return a.value(figure, constant: constant) - b.value(figure, constant: constant)
    case .product(let a, let b): return a.value(figure, constant: constant) * b.value(figure, constant: constant)
    case .quotient(let a, let b): return a.value(figure, constant: constant) / b.value(figure, constant: constant)
    case .power(let a, let b): return pow(a.value(figure, constant: constant), b.value(figure, constant: constant))
    case .largest(let parts): return parts.map { $0.value(figure, constant: constant) }.max() ?? 0
    case .ceiling(.quotient(let a, let b)):
      return Statistics.ceilingOfRatio(a.value(figure, constant: constant), b.value(figure, constant: constant))
    case .ceiling(let part): return part.value(figure, constant: constant).rounded(.up)
    case .replicas(let service, let rate, let capacity):
      let wanted = rate.value(figure, constant: constant)
      // In figures as printed a reader divides; where replicas help each other the model is asked.
      if service.isProportional {
        return min(Double(ServiceCapacity.most), Statistics.ceilingOfRatio(wanted, figure(capacity)))
      }
      return Double(service.replicas(for: .perSecond(wanted)))
    case .bill(let bill, _): return bill.total.dollars
    }
  }
}

// MARK: Writing

extension Formula {
  private enum Level: Int, Comparable {
    case sum, product, power, atom
    static func < (a: Level, b: Level) -> Bool { a.rawValue < b.rawValue }
  }
  private var level: Level {
    switch self {
    case .sum, .difference: .sum
    case .product, .quotient: .product
    case .power: .power
    case .bill(let bill, _): bill.lines.count + bill.charges.count > 1 ? .sum : .product
    default: .atom
    }
  }

  /// In the names of its numbers: `peak x (1 + headroom)`.
  var names: String { text({ $0 }, { value, unit in unit.written(value, digits: 6) }, hasFigures: false) }

  /// In figures: `247,035/s x (1 + 56.3 %)`.
  func figures(
    _ figure: @escaping (String) -> String, constant: @escaping (Double, NumberUnit) -> String, bill: Int
  ) -> String {
    text(figure, constant, hasFigures: true, bill: bill)
  }

  private func text(
    _ name: (String) -> String, _ constant: (Double, NumberUnit) -> String, hasFigures: Bool, bill digits: Int = 6
  ) -> String {
    func part(_ formula: Formula, _ least: Level) -> String {
      let text = formula.text(name, constant, hasFigures: hasFigures, bill: digits)
      return formula.level < least ? "(\(text))" : text
    }
    switch self {
    case .number(let id): return name(id)
    case .constant(let value, let unit): return constant(value, unit)
    case .sum(let a, let b): return "\(part(a, .sum)) + \(part(b, .sum))"
    case .difference(let a, let b): return "\(part(a, .sum)) - \(part(b, .product))"
    case .product(let a, let b): return "\(part(a, .product)) x \(part(b, .product))"
    case .quotient(let a, let b): return "\(part(a, .product)) / \(part(b, .power))"
    case .power(let a, let b): return "\(part(a, .atom))^\(part(b, .atom))"
    case .largest(let parts): return "max(\(parts.map { part($0, .sum) }.joined(separator: ", ")))"
    case .ceiling(let inner): return "ceil(\(part(inner, .sum)))"
    case .replicas(let service, let rate, let capacity):
      if service.isProportional { return "ceil(\(part(rate, .product)) / \(name(capacity)))" }
      return hasFigures
        ? Self.search(service, rate: part(rate, .sum)) : "fewest replicas that carry \(part(rate, .product))"
    case .bill(let bill, let ids):
      guard hasFigures else {
        return ids.isEmpty ? "machine-hours x price" : ids.map(name).joined(separator: " x ") + " x hours"
      }
      let machines = bill.lines.map { line in
        let hours = NumberUnit.plain.written(line.machineHours.rawValue, digits: digits)
        return "\(hours) h x \(NumberUnit.price.written(line.price.hourly.dollarsPerHour, digits: digits))"
      }
      let span = NumberUnit.plain.written(bill.span.hours, digits: digits)
      let charges = bill.charges.map {
        "\(span) h x \(NumberUnit.price.written($0.hourly.dollarsPerHour, digits: digits))"
      }
      return machines.isEmpty && charges.isEmpty
        ? NumberUnit.money.written(0, digits: digits) : (machines + charges).joined(separator: " + ")
    }
  }

  private static func search(_ service: ServiceCapacity, rate: String) -> String {
    "fewest replicas that carry \(rate) by the model (\(service.model.summary))"
  }
}

extension CostBreakdown {
  /// The total of the bill in figures of so many digits, as a reader multiplies them.
  func total(digits: Int) -> Double {
    lines.reduce(0) {
      $0 + NumberUnit.plain.read($1.machineHours.rawValue, digits: digits)
        * NumberUnit.price.read($1.price.hourly.dollarsPerHour, digits: digits)
    }
      + charges.reduce(0) {
        $0 + NumberUnit.plain.read(span.hours, digits: digits)
          * NumberUnit.price.read($1.hourly.dollarsPerHour, digits: digits)
      }
  }
}
