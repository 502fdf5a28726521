import Catalogs
import Costs
import Quantities

/// Several services' plans and their one total: what they cost together, how many machines of each type, what to do by when,
/// and what they compete for.
public struct Portfolio: Sendable {
  public var name: String
  /// In the order of the plan file.
  public var services: [(name: String, outcome: PlanOutcome)]
  /// What all of it may cost a month.
  public var budget: Money?
  public var total: Total

  /// The sums over the services.
  public struct Total: Sendable {
    public var replicas: Int
    public var machines: [MachineNeed]
    /// The bill of the flat fleets, a month.
    public var bill: CostBreakdown
    public var flatPerMonth: Money
    public var followingPerMonth: Money
    /// The simulated policies, a month; a service without a simulation counts with its following fleet.
    public var simulatedPerMonth: Money
    public var horizon: Money
    public var isPriced: Bool
    /// Everything that is due, soonest first.
    public var dates: [DueDate]
    /// Findings about the services together: shared quotas.
    public var findings: [Finding]
    public var verdicts: [Verdict]
  }

  /// The machines of one type, held one way, in one region, over all services.
  public struct MachineNeed: Sendable {
    public var machine: String
    /// Empty where no region is named.
    public var region: String
    public var lifecycle: Lifecycle
    public var count: Int
    /// The most there may be; nil where no bound is stated. It is one for all services.
    public var quota: Int?
    /// How many each service asks for.
    public var services: [(name: String, count: Int)]
    public var isOverQuota: Bool { quota.map { count > $0 } ?? false }
  }

  /// What may be due.
  public enum Due: Sendable {
    /// What a finding asks for.
    case finding(Finding)
    /// A step of preparing for an event, by the event's name.
    case preparation(EventMilestone, event: String)
  }

  /// A service's day by which something is due.
  public struct DueDate: Sendable {
    public var service: String
    public var by: CivilDate
    public var what: Due
  }

  public init(name: String, services: [(name: String, outcome: PlanOutcome)], budget: Money?) {
    self.name = name
    self.services = services
    self.budget = budget
    total = Self.total(services, budget)
  }

  /// Whether every objective of every service and of the whole is met.
  public var isMet: Bool {
    total.verdicts.allSatisfy(\.met) && services.allSatisfy { $0.outcome.verdicts.allSatisfy(\.met) }
  }

  // MARK: Adding up

  private static func total(_ services: [(name: String, outcome: PlanOutcome)], _ budget: Money?) -> Total {
    let outcomes = services.map(\.outcome)
    let machines = machines(services)
    let costs = outcomes.map(\.cost)
    let bill = costs.dropFirst().reduce(costs.first?.bill ?? CostBreakdown(span: .zero)) { $0 + $1.bill }
    func sum(_ part: (PlanCost) -> Money) -> Money { costs.reduce(.zero) { $0 + part($1) } }
    let simulated = sum { $0.simulatedPerMonth ?? $0.followingPerMonth }
    var verdicts: [Verdict] = []
    if let budget {
      verdicts.append(
        Verdict(
          .budgetOfAll, asked: budget.dollars, got: simulated.dollars, unit: .money, met: simulated <= budget,
          margin: 1 - simulated / budget, binding: .allFleetsCost))
    }
    return Total(
      replicas: outcomes.reduce(0) { $0 + $1.sizing.replicas }, machines: machines, bill: bill,
      flatPerMonth: bill.total, followingPerMonth: sum { $0.followingPerMonth }, simulatedPerMonth: simulated,
      horizon: sum { $0.horizon }, isPriced: costs.allSatisfy(\.isPriced), dates: dates(services),
      findings: Finding.mostUrgentFirst(machines.filter(\.isOverQuota).map { contended($0, outcomes) }),
      verdicts: verdicts)
  }

  private static func machines(_ services: [(name: String, outcome: PlanOutcome)]) -> [MachineNeed] {
    machines(
      services.flatMap { name, outcome in
        outcome.sizing.fleet.pools.filter { $0.count > 0 }.map { pool in
          (
            name,
            ServiceFigures.Need(
              machine: pool.machine.name, region: pool.region, lifecycle: pool.lifecycle, count: pool.count,
              quota: pool.quota)
          )
        }
      })
  }

  /// What services need, added up by machine type, region and way of holding; in the order of their first mention.
  static func machines(_ parts: [(name: String, need: ServiceFigures.Need)]) -> [MachineNeed] {
    struct Kind: Hashable {
      var machine: String
      var region: String
      var lifecycle: Lifecycle
    }
    var places: [Kind: Int] = [:]
    var needs: [MachineNeed] = []
    for (name, need) in parts {
      let kind = Kind(machine: need.machine, region: need.region, lifecycle: need.lifecycle)
      if let same = places[kind] {
        needs[same].count += need.count
        needs[same].services.append((name, need.count))
        // A quota is the account's: the least that any service states is the one to keep.
        needs[same].quota = [needs[same].quota, need.quota].compactMap { $0 }.min()
      } else {
        places[kind] = needs.count
        needs.append(
          MachineNeed(
            machine: need.machine, region: need.region, lifecycle: need.lifecycle, count: need.count,
            quota: need.quota, services: [(name, need.count)]))
      }
    }
    return needs
  }

  private static func contended(_ need: MachineNeed, _ outcomes: [PlanOutcome]) -> Finding {
    let lead = outcomes.map(\.plan.fleet.quotaLead).max() ?? .days(14)
    return Finding(PortfolioFinding.quotaContended(need, lead: lead))
  }

  private static func dates(_ services: [(name: String, outcome: PlanOutcome)]) -> [DueDate] {
    services.flatMap { name, outcome in
      outcome.findings.compactMap { finding in
        finding.by.map { DueDate(service: name, by: $0, what: .finding(finding)) }
      }
        + outcome.demand.events.flatMap { event in
          EventMilestone.allCases.map { ($0, $0.date(in: event.dates)) }.filter {
            $0.1 >= outcome.plan.zone.local(outcome.now).date
          }.map { DueDate(service: name, by: $0.1, what: .preparation($0.0, event: event.name)) }
        }
    }.sorted { ($0.by, $0.service) < ($1.by, $1.service) }
  }
}
