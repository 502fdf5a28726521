import Catalogs
import Quantities

/// Thousands of services' plans together: who runs out first, who wastes most, and what all of them need.
public struct ServiceFleet: Sendable {
  /// By file and name.
  public let rows: [FleetRow]
  /// The services that run out or may, the soonest first.
  public let risks: [FleetRow]
  /// The services with idle money, the most first.
  public let wastes: [FleetRow]
  /// The services without an answer, by file.
  public let faults: [FleetRow]
  public let total: Total

  /// Sums over the services that have an answer.
  public struct Total: Sendable {
    public var services = 0
    public var replicas = 0
    /// Over the services that say what runs.
    public var running = 0
    public var missing = 0
    /// How many services stand how, by ``CapacityStanding/code``.
    public var standings: [String: Int] = [:]
    /// Services that miss an objective.
    public var missed = 0
    /// By currency, in the order of their codes.
    public var money: [Amounts] = []
    public var machines: [Portfolio.MachineNeed] = []
  }

  /// The sums of one currency, a month.
  public struct Amounts: Sendable {
    public var currency: Currency
    /// Services with prices.
    public var services = 0
    public var held = Money.zero
    public var following = Money.zero
    public var idle = Money.zero
  }

  /// - Parameter rows: in any order; of two with one id the last counts.
  public init(_ rows: [FleetRow]) {
    var seen: [String: FleetRow] = [:]
    for row in rows { seen[row.id] = row }
    self.rows = seen.values.sorted { ($0.file, $0.name) < ($1.file, $1.name) }
    faults = self.rows.filter { $0.answer == nil }
    risks = self.rows.filter { Self.isAtRisk($0) }.sorted(by: Self.isSooner)
    wastes = self.rows.filter { ($0.answer?.idlePerMonth ?? .zero) > .zero }.sorted {
      let (a, b) = ($0.answer?.idlePerMonth ?? .zero, $1.answer?.idlePerMonth ?? .zero)
      return a == b ? ($0.file, $0.name) < ($1.file, $1.name) : a > b
    }
    total = Self.total(self.rows)
  }

  /// Whether every objective that was judged is met.
  public var isMet: Bool { total.missed == 0 }

  /// Whether what runs does not, or may not, carry the horizon; or something of it is lost unless somebody acts.
  private static func isAtRisk(_ row: FleetRow) -> Bool {
    guard let answer = row.answer else { return false }
    return answer.exhaustion != nil || !answer.urgent.isEmpty || !answer.missed.isEmpty
      || ["runs-out", "may-run-out", "thin"].contains(answer.standing)
  }

  /// The expected day first, then the earliest possible one, then how likely it is.
  private static func isSooner(_ a: FleetRow, _ b: FleetRow) -> Bool {
    func key(_ row: FleetRow) -> (Int, Int, Double) {
      let answer = row.answer
      return (
        answer?.expected?.daysSinceEpoch ?? .max, answer?.early?.daysSinceEpoch ?? .max, -(answer?.overload ?? 0)
      )
    }
    let (x, y) = (key(a), key(b))
    return x == y ? (a.file, a.name) < (b.file, b.name) : x < y
  }

  private static func total(_ rows: [FleetRow]) -> Total {
    var total = Total()
    var money: [String: Amounts] = [:]
    var needs: [(name: String, need: ServiceFigures.Need)] = []
    for row in rows {
      guard let answer = row.answer else { continue }
      total.services += 1
      total.replicas += answer.replicas
      total.running += answer.running ?? 0
      total.missing += answer.running.map { max(0, answer.replicas - $0) } ?? 0
      total.standings[answer.standing, default: 0] += 1
      if !answer.missed.isEmpty { total.missed += 1 }
      if let held = answer.heldPerMonth, let following = answer.followingPerMonth {
        var amounts = money[answer.currency] ?? Amounts(currency: Currency(answer.currency) ?? .dollars)
        amounts.services += 1
        amounts.held = amounts.held + held
        amounts.following = amounts.following + following
        amounts.idle = amounts.idle + (answer.idlePerMonth ?? .zero)
        money[answer.currency] = amounts
      }
      needs += answer.machines.map { (row.name, $0) }
    }
    total.money = money.keys.sorted().compactMap { money[$0] }
    total.machines = Portfolio.machines(needs).sorted {
      $0.count == $1.count ? ($0.machine, $0.region) < ($1.machine, $1.region) : $0.count > $1.count
    }
    return total
  }
}
