import Catalogs
import Quantities
import Scaling
import Serving

/// A change to a plan that has been answered: other headroom, more traffic, another policy, a region less.
///
/// It is answered by the plan's own slices (``Planner/outcome(of:if:seed:)``), so that its numbers are those of a plan file
/// that says the same.
public struct WhatIf: Hashable, Sendable {
  /// Spare capacity over the expected peak, in place of what the plan says; nil leaves it.
  public var headroom: Fraction?
  /// Demand over what the plan expects, at every moment ahead.
  public var lift: Factor
  /// One of ``policies(of:)`` by its name; nil leaves the plan's own.
  public var policy: String?
  /// The load that a target-tracking policy keeps; nil leaves the plan's own, or 70 %.
  public var utilization: Fraction?
  /// The region that is gone; nil leaves all of them.
  public var lostRegion: String?

  /// What may be asked for.
  public static let headrooms = 0.0...10
  public static let lifts = 0.05...20
  public static let utilizations = 0.05...1

  public init(
    headroom: Fraction? = nil, lift: Factor = Factor(rawValue: 1), policy: String? = nil, utilization: Fraction? = nil,
    lostRegion: String? = nil
  ) {
    self.headroom = headroom
    self.lift = lift
    self.policy = policy
    self.utilization = utilization
    self.lostRegion = lostRegion
  }

  /// Whether nothing is changed.
  public var isNothing: Bool { self == WhatIf() }

  /// A policy that may be asked for.
  public struct Policy: Hashable, Sendable {
    /// The key of the plan file: `"target"`.
    public var name: String
    /// `"target tracking at 70 %"`.
    public var title: String
    public var isOwn: Bool
  }

  /// The plan's own policy, and those that every plan's simulation holds it against.
  public static func policies(of plan: Plan) -> [Policy] {
    let own = plan.policy
    return [Policy(name: own.name, title: own.title, isOwn: true)]
      + SimulationSlice.alternatives.filter { $0.name != own.name }.map {
        Policy(name: $0.name, title: $0.title, isOwn: false)
      }
  }

  /// Something that cannot be asked of a plan.
  public struct Problem: Error, Hashable, Sendable {
    /// `"headroom"`, `"lift"`, `"policy"`, `"utilization"` or `"lost_region"`.
    public var field: String
    public var message: String
    public var remedy: String
  }

  /// Everything that keeps it from being asked of a plan.
  public func problems(for plan: Plan) -> [Problem] {
    var found: [Problem] = []
    if let headroom, !Self.headrooms.contains(headroom.rawValue) {
      found.append(
        Problem(
          field: "headroom", message: "headroom is out of range", remedy: "give a share from 0 to 10: 0.5 is 50 %"))
    }
    if !Self.lifts.contains(lift.rawValue) {
      found.append(
        Problem(
          field: "lift", message: "lift is out of range", remedy: "give a factor from 0.05 to 20: 1.3 is 30 % more"))
    }
    let policies = Self.policies(of: plan)
    if let policy, !policies.contains(where: { $0.name == policy }) {
      found.append(
        Problem(
          field: "policy", message: "this plan is not asked about such a policy",
          remedy: "give one of: \(policies.map(\.name).joined(separator: ", "))"))
    }
    if let utilization {
      if !Self.utilizations.contains(utilization.rawValue) {
        found.append(
          Problem(
            field: "utilization", message: "utilization is out of range", remedy: "give a share from 0.05 to 1"))
      }
      if !tracksUtilization(of: plan) {
        found.append(
          Problem(
            field: "utilization", message: "the policy does not track utilization",
            remedy: "add policy=target, or leave utilization out"))
      }
    }
    if let lostRegion {
      let regions = plan.fleet.origins.isEmpty ? plan.fleet.regions.map(\.name) : plan.fleet.origins.map(\.name)
      if !regions.contains(lostRegion) {
        found.append(
          Problem(
            field: "lost_region", message: "the plan has no such region",
            remedy: regions.isEmpty
              ? "leave it out: the plan names no regions" : "give one of: \(regions.joined(separator: ", "))"))
      } else if regions.count < 2 {
        found.append(
          Problem(
            field: "lost_region", message: "the plan has no other region", remedy: "leave it out"))
      }
    }
    return found
  }

  private func tracksUtilization(of plan: Plan) -> Bool {
    if let policy { return policy == TargetTrackingRecipe.name }
    return (plan.policy as? TargetTrackingRecipe)?.signal == .utilization
  }

  // MARK: The changed plan

  /// The plan with the changes in it; the lift is the demand's.
  func applied(to plan: Plan) -> Plan {
    var plan = plan
    // What was placed is placed anew.
    if let asked = plan.fleet.asked {
      plan.fleet.supply = asked
      plan.fleet.asked = nil
    }
    if let headroom { plan.headroom = HeadroomSettings(choice: .fraction(headroom.rawValue), isDefault: false) }
    if policy != nil || utilization != nil { change(policyOf: &plan) }
    if let lostRegion { plan.lose(region: lostRegion) }
    return plan
  }

  private func change(policyOf plan: inout Plan) {
    let own = plan.policy
    var recipe = own
    if let policy, policy != own.name {
      recipe = SimulationSlice.alternatives.first { $0.name == policy } ?? own
    }
    if let utilization {
      if var target = recipe as? TargetTrackingRecipe, target.signal == .utilization {
        target.target = utilization.rawValue
        recipe = target
      } else if policy == TargetTrackingRecipe.name {
        recipe = TargetTrackingRecipe(target: utilization.rawValue)
      }
    }
    var scaling = plan.scaling
    // Bounds that were the old policy's own go with it; those of the plan stay.
    if scaling.minimum == own.minimum { scaling.minimum = recipe.minimum }
    if scaling.isMaximumOfPolicy { scaling.maximum = recipe.maximum }
    scaling.policy = recipe
    scaling.isGiven = true
    plan.scaling = scaling
  }
}

extension Plan {
  /// Takes a region away: its machines, its replicas of today and its part of what must be survivable are gone, and the
  /// others share its demand in proportion.
  mutating func lose(region name: String) {
    let today = fleet.supply.apportioned(service.running ?? 0)
    let index = fleet.supply.regions.firstIndex { $0.name == name }
    if let running = service.running, let index, today.indices.contains(index) {
      service.running = running - today[index]
    }
    fleet.supply.pools.removeAll { $0.region == name }
    fleet.supply.regions.removeAll { $0.name == name }
    let left = fleet.supply.regions.reduce(0) { $0 + $1.share }
    for i in fleet.supply.regions.indices {
      fleet.supply.regions[i].share =
        left > 0 ? fleet.supply.regions[i].share / left : 1 / Double(fleet.supply.regions.count)
    }
    fleet.origins.removeAll { $0.name == name }
    let demand = fleet.origins.reduce(0) { $0 + $1.share }
    for i in fleet.origins.indices {
      fleet.origins[i].share = demand > 0 ? fleet.origins[i].share / demand : 1 / Double(fleet.origins.count)
      // Users who may be served nowhere else are served wherever they can be: a loss is not the day to turn them away.
      fleet.origins[i].residency?.removeAll { $0 == name }
      if fleet.origins[i].residency?.isEmpty ?? false { fleet.origins[i].residency = nil }
    }
    var placement = self[PlacementSlice.self]
    placement.lostTogether = placement.lostTogether.map { $0.filter { $0 != name } }.filter { !$0.isEmpty }
    self[PlacementSlice.self] = placement
    // The loss that was to be survived has come.
    fleet.survive = Self.further(fleet.survive)
    if case .cover(var cover) = headroom.choice {
      cover.failures = Self.further(cover.failures)
      headroom.choice = .cover(cover)
    }
  }

  private static func further(_ tolerance: FailureTolerance?) -> FailureTolerance? {
    guard var tolerance, tolerance.what == "region" else { return tolerance }
    tolerance.lost -= 1
    tolerance.of = tolerance.of.map { $0 - 1 }
    return tolerance.lost > 0 ? tolerance : nil
  }
}

extension Planner {
  /// The answer to a plan that has been answered, with something changed: the same slices on the same demand, which is not
  /// forecast again but scaled by the lift. Of simulations only the plan's own policy over its likely future is run, and
  /// commitments are not searched.
  ///
  /// - Parameters:
  ///   - outcome: the plan's answer, unchanged.
  ///   - change: without ``WhatIf/problems(for:)``.
  ///   - seed: that of the plan's answer.
  public static func outcome(
    of outcome: PlanOutcome, if change: WhatIf, seed: UInt64 = 1
  ) throws(PlanningError) -> PlanOutcome {
    precondition(change.problems(for: outcome.plan).isEmpty, "what is asked must be askable of the plan")
    let answer: Result<PlanOutcome, PlanningError> = outcome.plan.currency.shown {
      var draft = PlanDraft(
        plan: change.applied(to: outcome.plan), now: outcome.now, seed: seed, trace: outcome.trace)
      draft.known = KnownDemand(outlook: outcome.demand, lift: change.lift)
      return answered(&draft)
    }
    return try answer.get()
  }
}

/// Demand that is known from an earlier answer, and by how much it is lifted.
struct KnownDemand: Sendable {
  var outlook: DemandOutlook
  var lift: Factor
}
