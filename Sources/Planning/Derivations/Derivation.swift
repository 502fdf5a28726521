import Quantities

/// How one number of a plan was reached.
public struct Derivation: Sendable {
  /// Where the number comes from.
  public enum Origin: Hashable, Sendable {
    /// Written in the plan file, with its place (`plan.yaml:14:9`).
    case input(place: String)
    /// Measured in the traffic or by a load test.
    case measured(how: String)
    /// From a model of the service, with its numbers.
    case model(what: String)
    /// From a catalog, with the source and date of the entry.
    case catalog(source: String)
    /// Taken for want of anything better; the reader should replace it.
    case assumption(why: String)
    /// Computed from other numbers.
    case computed
  }

  /// A stable name that `headroom explain` takes: `"replicas"`, `"peak"`.
  public let id: String
  /// What it is, in a few words.
  public let title: String
  /// The exact number in its base unit.
  public let value: Double
  public let unit: NumberUnit
  /// The number as people write it.
  public let shown: String
  /// The formula in the names of the inputs: `"ceil(provisioned / capacity)"`. Empty for an input.
  public let formula: String
  /// The formula with its numbers: `"ceil(297,000/s / 2,000/s) = 149"`. Whoever computes what is printed left of the
  /// equals sign gets what is printed right of it.
  public let worked: String
  /// The ids of the numbers it was computed from.
  public let inputs: [String]
  public let origin: Origin
  /// Why this formula, in a sentence; empty where the formula says all.
  public let because: String

  /// Only a ``Ledger`` makes derivations.
  fileprivate init(
    id: String, title: String, value: Double, unit: NumberUnit, shown: String?, formula: String = "",
    worked: String = "", inputs: [String] = [], origin: Origin, because: String
  ) {
    self.id = id
    self.title = title
    self.value = value
    self.unit = unit
    self.shown = shown ?? unit.shown(value)
    self.formula = formula
    self.worked = worked
    self.inputs = inputs
    self.origin = origin
    self.because = because
  }
}

/// Every number of a plan with its derivation, in the order in which they were reached.
public struct Ledger: Sendable {
  public private(set) var all: [Derivation] = []
  private var positions: [String: Int] = [:]

  public init() {}

  public subscript(id: String) -> Derivation? { positions[id].map { all[$0] } }
  public var ids: [String] { all.map { $0.id } }

  // MARK: Recording

  /// Keeps a number that comes from outside: written, measured, from a catalog, assumed.
  ///
  /// - Parameter shown: As people write it, where more than the number is to be told (a range).
  @discardableResult
  public mutating func note(
    _ id: String, _ title: String, _ value: Double, _ unit: NumberUnit, from origin: Derivation.Origin,
    shown: String? = nil, because: String = ""
  ) -> Double {
    keep(
      Derivation(id: id, title: title, value: value, unit: unit, shown: shown, origin: origin, because: because))
  }

  /// Evaluates a formula over the ledger's numbers, and keeps its value with the formula in names and in figures.
  ///
  /// - Returns: the value. Take it from here and from nowhere else.
  @discardableResult
  public mutating func derive(
    _ id: String, _ title: String, _ unit: NumberUnit, _ formula: Formula, shown: String? = nil, because: String = ""
  ) -> Double {
    let inputs = formula.inputs
    for input in inputs {
      precondition(self[input] != nil, "'\(id)' is derived from '\(input)', which is not derived")
    }
    let value = formula.value { self[$0]?.value ?? .nan }
    return keep(
      Derivation(
        id: id, title: title, value: value, unit: unit, shown: shown, formula: formula.names,
        worked: worked(formula, value, unit), inputs: inputs, origin: .computed, because: because))
  }

  /// Keeps a number that was computed from others by more than arithmetic: a search, a simulation, a maximum over a path.
  ///
  /// - Parameter how: what was done, in words that name the inputs.
  @discardableResult
  public mutating func compute(
    _ id: String, _ title: String, _ value: Double, _ unit: NumberUnit, how: String, from inputs: [String],
    shown: String? = nil, because: String = ""
  ) -> Double {
    for input in inputs {
      precondition(self[input] != nil, "'\(id)' is derived from '\(input)', which is not derived")
    }
    return keep(
      Derivation(
        id: id, title: title, value: value, unit: unit, shown: shown, formula: how,
        worked: "= " + unit.written(value, digits: 6), inputs: inputs, origin: .computed, because: because))
  }

  private mutating func keep(_ derivation: Derivation) -> Double {
    precondition(positions[derivation.id] == nil, "the number '\(derivation.id)' is derived twice")
    positions[derivation.id] = all.count
    all.append(derivation)
    return derivation.value
  }

  /// The arithmetic in figures, with as many digits as it takes for what is printed on the left to give what is printed on
  /// the right.
  private func worked(_ formula: Formula, _ value: Double, _ unit: NumberUnit) -> String {
    let result = unit.written(value, digits: 6)
    var digits = 4
    while digits < 17 {
      let read =
        if case .bill(let bill, _) = formula {
          bill.total(digits: digits)
        } else {
          formula.value(
            { id in self[id].map { $0.unit.read($0.value, digits: digits) } ?? .nan },
            constant: { value, unit in unit.read(value, digits: digits) })
        }
      if unit.written(read, digits: 6) == result { break }
      digits += 1
    }
    let left = formula.figures(
      { id in self[id].map { $0.unit.written($0.value, digits: digits) } ?? id },
      constant: { value, unit in unit.written(value, digits: digits) }, bill: digits)
    return "\(left) = \(result)"
  }

  // MARK: Asking

  /// A number and all that it rests on, depth first; each number appears once, where it is first needed.
  public func chain(of id: String) -> [(depth: Int, derivation: Derivation)] {
    var seen: Set<String> = []
    var result: [(Int, Derivation)] = []
    func visit(_ id: String, _ depth: Int) {
      guard let derivation = self[id], seen.insert(id).inserted else { return }
      result.append((depth, derivation))
      for input in derivation.inputs { visit(input, depth + 1) }
    }
    visit(id, 0)
    return result
  }
}
