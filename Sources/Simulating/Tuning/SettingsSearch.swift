import Glibc
import Quantities
import Scaling

/// A search through the settings of a policy for all that is worth having: the least cost at every risk.
///
/// An evolutionary search with a constraint ((mu + lambda) with elites from the Pareto front, after Deb's
/// feasibility-first comparison, "An efficient constraint handling method for genetic algorithms", 2000): what meets
/// the objective at little cost has most offspring, the rest of the front some. It starts from the settings as they
/// are and a Halton sequence over the ranges. Pure and sequential: it says what to try next and is told what came of
/// it, so that the trying may be spread over cores without changing what is found.
public struct SettingsSearch: Sendable {
  /// What came of one try.
  public struct Score: Sendable, Hashable {
    /// Smaller is better; infinite for what cannot be run.
    public var cost: Double
    /// How much of what may be missed was missed: up to 1 the objective is met.
    public var risk: Double
    public init(cost: Double, risk: Double) {
      self.cost = cost
      self.risk = risk
    }
    var isMet: Bool { risk <= 1 }
    func dominates(_ other: Score) -> Bool {
      cost <= other.cost && risk <= other.risk && (cost < other.cost || risk < other.risk)
    }
  }

  public let settings: [TunableSetting]
  /// What was tried, by value, in the order in which it was; the first is what there was at the start.
  public private(set) var tried: [[Double]] = []
  public private(set) var scores: [Score] = []
  private var seen: Set<[Double]> = []
  private var random: RandomStream
  private var pointsInDesign = 0
  /// Points of the first, even design: 12 for each setting reach every corner of what few settings do together.
  private let designSize: Int
  private let budget: Int

  /// - Parameter budget: about how many tries there will be; steps shrink towards its end.
  public init(_ settings: [TunableSetting], budget: Int, seed: UInt64) {
    self.settings = settings
    self.budget = max(1, budget)
    designSize = min(12 * max(1, settings.count), max(8, budget / 4))
    random = RandomStream(seed: seed, item: 0x7E57)
  }

  /// The settings as they are.
  public var current: [Double] { settings.map(\.current) }

  /// What to try next: at most so many, none that was tried before; none where nothing new is left.
  public mutating func next(_ count: Int) -> [[Double]] {
    var batch: [[Double]] = []
    if seen.isEmpty, count > 0 {
      seen.insert(current)
      batch.append(current)
    }
    let front = front
    let elites = elites(front)
    var misses = 0
    while batch.count < count, misses < 50 * count {
      let point = pointsInDesign < designSize ? design() : offspring(elites, front)
      if seen.insert(point).inserted { batch.append(point) } else { misses += 1 }
    }
    return batch
  }

  /// What came of a batch of ``next(_:)``, in its order.
  public mutating func tell(_ batch: [[Double]], _ results: [Score]) {
    precondition(batch.count == results.count, "there is one score for each try")
    tried += batch
    scores += results
  }

  /// The tries that no other beats in cost and risk at once, cheapest first.
  public var front: [Int] { Self.front(of: scores) }

  /// The scores that no other dominates, cheapest first; of equal ones the first.
  public static func front(of scores: [Score]) -> [Int] {
    let order = scores.indices.filter { scores[$0].cost.isFinite && !scores[$0].risk.isNaN }
      .sorted { (scores[$0].cost, scores[$0].risk, $0) < (scores[$1].cost, scores[$1].risk, $1) }
    var front: [Int] = []
    var least = Double.infinity
    for i in order where scores[i].risk < least {
      front.append(i)
      least = scores[i].risk
    }
    return front
  }

  private static let primes = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53]

  /// The next point of a Halton sequence.
  private mutating func design() -> [Double] {
    pointsInDesign += 1
    return settings.indices.map { i in
      var index = pointsInDesign
      let base = Self.primes[i % Self.primes.count]
      var (share, value) = (1.0, 0.0)
      if i >= Self.primes.count { index += 97 * i }
      while index > 0 {
        share /= Double(base)
        value += share * Double(index % base)
        index /= base
      }
      return settings[i].value(at: value)
    }
  }

  private mutating func offspring(_ elites: [Int], _ front: [Int]) -> [Double] {
    guard !front.isEmpty else { return settings.map { $0.value(at: random.uniform()) } }
    var child = tried[pick(elites, front)]
    if random.uniform() < 0.3 {
      let other = tried[pick(elites, front)]
      for i in child.indices where random.uniform() < 0.5 { child[i] = other[i] }
    }
    // From wide to fine as the budget goes.
    let progress = min(1, Double(tried.count) / Double(budget))
    let width = 0.3 * pow(0.05, progress * random.uniform())
    let certain = Int(random.uniform() * Double(settings.count))
    for i in child.indices {
      guard i == certain || random.uniform() < 1.5 / Double(settings.count) else { continue }
      let position = settings[i].position(of: child[i]) + random.normal(deviation: width)
      // What falls off an end comes back from it.
      child[i] = settings[i].value(at: position < 0 ? -position : position > 1 ? 2 - position : position)
    }
    return child
  }

  /// What has most offspring: the cheapest that meet the objective, or the least risky where none does.
  private func elites(_ front: [Int]) -> [Int] {
    let met = scores.indices.filter { scores[$0].isMet && scores[$0].cost.isFinite }
      .sorted { (scores[$0].cost, $0) < (scores[$1].cost, $1) }
    return met.isEmpty ? Array(front.suffix(4)) : Array(met.prefix(10))
  }

  private mutating func pick(_ elites: [Int], _ front: [Int]) -> Int {
    let list = random.uniform() < 0.7 ? elites : front
    return list[min(list.count - 1, Int(random.uniform() * Double(list.count)))]
  }
}
