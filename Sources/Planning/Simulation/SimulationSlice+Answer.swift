import Catalogs
import Costs
import Quantities
import Scaling
import Serving
import Simulating
import Traffic

extension SimulationSlice {
  /// What a plan's own policy is held against.
  static var alternatives: [any PolicyRecipe] { [TargetTrackingRecipe(), ThresholdRecipe(), FixedRecipe()] }

  static func answer(_ draft: inout PlanDraft) -> SimulationAnswer {
    guard draft.depth == .full else { return SimulationAnswer(policies: []) }
    let demand = draft[DemandSlice.self]
    guard demand.forecast != nil, let trace = draft.trace else { return SimulationAnswer(policies: []) }
    guard let ahead = likelyFuture(of: draft), ahead.count > 1 else { return SimulationAnswer(policies: []) }
    let stage = PolicyStage(draft)
    let own = draft.plan.policy
    let over = "a likely future: of \(demand.paths.count) sampled ones, that whose peak is nearest the expected peak"
    let likely = Workload(series: ahead)
    var answer = SimulationAnswer(
      policies: draft.known == nil ? stage.simulations(of: likely, named: over) : [stage.simulate(own, likely, over)])
    // What if: the plan's own policy on the future that changes is what is asked.
    guard draft.known == nil else {
      if !draft.plan.service.capacity.isCertain {
        answer.low = stage.simulate(own, likely, over, model: draft.plan.service.model.low)
      }
      derive(answer.policies, &draft)
      return answer
    }
    let recent = trace.series.slice(max(0, trace.series.index(of: trace.series.end - .days(28)))..<trace.series.count)
    if recent.count > 1 {
      answer.policies.append(
        stage.simulate(
          own, Workload(series: recent.interpolated()),
          "the last \(NumberFormat.fixed(recent.duration.days, decimals: 0)) days of history"))
    }
    if !draft.plan.service.capacity.isCertain {
      answer.low = stage.simulate(own, likely, over, model: draft.plan.service.model.low)
    }
    derive(answer.policies, &draft)
    return answer
  }

  /// The future that a plan's policy is simulated over, from the plan's moment on; nil without a forecast.
  static func likelyFuture(of draft: PlanDraft) -> TimeSeries<RequestRate>? {
    let demand = draft[DemandSlice.self]
    guard let forecast = demand.forecast else { return nil }
    let future = likelyFuture(near: demand.peak.mid, of: demand.paths) ?? forecast.mid
    return future.slice(max(0, future.index(of: draft.now))..<future.count)
  }

  /// The sampled path whose peak is nearest a rate: a whole future with its noise, where the median path would be
  /// smoother than any day that ever comes. A median lies half-way between two of an even number of paths: of those that are
  /// as near but for rounding it is the first, so that the same history in other units has the same future.
  private static func likelyFuture(
    near peak: RequestRate, of paths: [TimeSeries<RequestRate>]
  ) -> TimeSeries<RequestRate>? {
    let distances = paths.map { abs(($0.peak?.value.perSecond ?? 0) - peak.perSecond) }
    guard let least = distances.min() else { return nil }
    let slack = max(least, abs(peak.perSecond)) * 1e-9
    return distances.firstIndex { $0 <= least + slack }.map { paths[$0] }
  }

  /// How the plan's own policy serves the horizon.
  private static func derive(_ simulations: [PolicySimulation], _ draft: inout PlanDraft) {
    guard let own = simulations.first else { return }
    let service = own.outcome.service
    draft.ledger.compute(
      "offered", "requests offered in the simulation", service.offered.rawValue, .plain,
      how: "demand summed over the simulated time", from: ["peak"])
    draft.ledger.compute(
      "served", "requests served in the simulation", min(service.served, service.offered).rawValue, .plain,
      how: "the fluid world: demand meets the replicas that the policy holds",
      from: ["offered", "capacity", "replicas"],
      because: "\(own.title) over \(own.over).")
    draft.ledger.derive(
      "availability", "requests served", .share, "served" / "offered", shown: percent(service.shareServed.rawValue))
    if let attainment = service.attainments.first {
      let words =
        attainment.bound.metric == .response
        ? "requests answered within" : "requests with a \(attainment.bound.metric.title) within"
      draft.ledger.compute(
        "attainment", "\(words) \(NumberFormat.duration(attainment.bound.limit))", attainment.share.rawValue, .share,
        how: "answered within the bound / offered in the simulation", from: ["availability"],
        shown: percent(attainment.share.rawValue),
        because: attainment.includesService
          ? "Waiting and service time of the service's model."
          : "The plan gives a capacity and no service time: only the wait in the queue is held against the bound.")
    }
  }

  static func percent(_ share: Double) -> String { NumberFormat.share(share) }
}

/// A plan's service, fleet and bounds, ready to be met by workloads under policies.
struct PolicyStage: Sendable {
  let plan: Plan
  let now: Timestamp
  let seed: UInt64
  private let sizing: Sizing
  private let bounds: ScalingBounds
  private let setting: PolicySetting

  init(_ draft: PlanDraft) {
    plan = draft.plan
    now = draft.now
    seed = draft.seed
    sizing = draft[SizingSlice.self]
    bounds = draft[ScalingSlice.self]
    let paths = draft[DemandSlice.self].paths
    setting = PolicySetting(
      minimum: bounds.minimum, maximum: bounds.maximum, replicas: sizing.replicas,
      capacity: sizing.capacityPerReplica, startup: plan.service.startup.mean
    ) { DemandSlice.path(at: $0, of: paths) }
  }

  /// The plan's own policy and its alternatives over a demand.
  func simulations(of workload: Workload, named: String) -> [PolicySimulation] {
    let own = plan.policy
    return ([own] + SimulationSlice.alternatives.filter { $0.name != own.name }).map { simulate($0, workload, named) }
  }

  /// - Parameter model: what the service is taken to be; nil for the middle of the plan's estimate.
  func simulate(
    _ recipe: any PolicyRecipe, _ workload: Workload, _ over: String, model: (any ServiceModel)? = nil
  ) -> PolicySimulation {
    let (world, policy, title) = staged(recipe, workload.series, model: model)
    let outcome = world.run(workload, under: policy)
    let bill = (outcome.fleet?.use ?? FleetUse(span: outcome.duration)).cost
    return PolicySimulation(
      policy: recipe.name, title: title, over: over, outcome: outcome, cost: bill.total, costPerMonth: bill.perMonth)
  }

  /// The world of a policy over a demand, the policy made for it, and its title.
  func staged(
    _ recipe: any PolicyRecipe, _ demand: TimeSeries<RequestRate>, model: (any ServiceModel)? = nil
  ) -> (world: FluidWorld, policy: any ScalingPolicy, title: String) {
    let first = demand.rawValues.first { !$0.isNaN } ?? 0
    let policy = recipe.policy(in: setting)
    var (title, initial) = (recipe.title, 0)
    if let flat = policy as? FixedPolicy {
      (title, initial) = ("flat fleet of \(flat.replicas)", flat.replicas)
    } else {
      let wanted = plan.replicas(for: .perSecond(first) / recipe.initialUtilization)
      initial = min(max(wanted, bounds.minimum), bounds.maximum)
    }
    // A flat fleet is bought, not scaled: the autoscaler's bounds do not hold it.
    let isFlat = recipe.isFlat
    var world = Self.world(
      plan, initial: initial, minimum: isFlat ? 0 : min(bounds.minimum, bounds.maximum),
      maximum: isFlat ? max(sizing.replicas, initial) : bounds.maximum, seed: seed,
      run: (start: demand.start, length: demand.duration, now: now))
    if let model { world.service = model }
    return (world, policy, title)
  }

  /// The plan's service and fleet as a fluid.
  ///
  /// - Parameters:
  ///   - objective: nil for the plan's own.
  ///   - run: where the run lies in the calendar, so that planned incidents find their place; nil where it does not.
  static func world(
    _ plan: Plan, initial: Int, minimum: Int, maximum: Int, seed: UInt64, objective: Objective? = nil,
    run: (start: Timestamp, length: Duration, now: Timestamp)? = nil
  ) -> FluidWorld {
    let told = plan.simulation.spec
    return FluidWorld(
      service: plan.service.model.mid, fleet: plan.fleet.supply,
      dynamics: FleetDynamics(
        initial: initial, minimum: minimum, maximum: maximum, startup: plan.service.startup, drainTime: told.drain,
        warmNodes: told.warmNodes, nodes: plan.simulation.nodes),
      queue: QueueSpec(deadline: plan.service.queueLimit), metrics: told.metrics(delay: plan.scaling.metricDelay),
      incidents: told.incidents(
        from: run?.start, length: run?.length ?? .zero, now: run?.now ?? Timestamp(nanosecondsSinceEpoch: 0),
        zone: plan.zone), batch: told.batch,
      objective: objective ?? plan.service.objective, interpolation: .lines, seed: seed)
  }
}
