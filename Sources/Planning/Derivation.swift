import Quantities

/// How one number of a plan was reached.
public struct Derivation: Sendable {
  /// Where the number comes from.
  public enum Origin: Hashable, Sendable {
    /// Written in the plan file, with its place (`plan.yaml:14:9`).
    case input(place: String)
    /// Measured in the traffic.
    case measured(how: String)
    /// From a catalog, with the source and date of the entry.
    case catalog(source: String)
    /// Taken for want of anything better; the reader should replace it.
    case assumption(why: String)
    /// Computed from other numbers.
    case computed
  }

  /// A stable name that `headroom explain` takes: `"replicas"`, `"peak"`.
  public var id: String
  /// What it is, in a few words.
  public var title: String
  /// The exact number in its base unit.
  public var value: Double
  /// The number as people write it.
  public var shown: String
  /// The formula in the names of the inputs: `"ceil(provisioned / capacity)"`. Empty for an input.
  public var formula: String
  /// The formula with its numbers: `"ceil(297,000 / 2,000) = 149"`.
  public var worked: String
  /// The ids of the numbers it was computed from.
  public var inputs: [String]
  public var origin: Origin
  /// Why this formula, in a sentence; empty where the formula says all.
  public var because: String

  public init(
    id: String, title: String, value: Double, shown: String, formula: String = "", worked: String = "",
    inputs: [String] = [], origin: Origin = .computed, because: String = ""
  ) {
    self.id = id
    self.title = title
    self.value = value
    self.shown = shown
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

  /// Keeps a derivation; its inputs must be in the ledger already, which rules out circles.
  /// - Precondition: the id is new and all inputs are known.
  public mutating func record(_ derivation: Derivation) {
    precondition(positions[derivation.id] == nil, "the number '\(derivation.id)' is derived twice")
    for input in derivation.inputs {
      precondition(positions[input] != nil, "'\(derivation.id)' is derived from '\(input)', which is not derived")
    }
    positions[derivation.id] = all.count
    all.append(derivation)
  }

  public subscript(id: String) -> Derivation? { positions[id].map { all[$0] } }
  public var ids: [String] { all.map { $0.id } }

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
