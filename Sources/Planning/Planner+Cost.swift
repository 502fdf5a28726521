import Costs
import Quantities

extension Planner {
  mutating func cost(_ demand: DemandOutlook, _ sizing: Sizing, _ simulations: [PolicySimulation]) -> PlanCost {
    let flat = plan.price * .hours(730) * Double(sizing.machines)
    let week = sizing.hourOfWeek.map { machines(for: $0) }
    let mean = week.isEmpty ? Double(sizing.machines) : Double(week.reduce(0, +)) / Double(week.count)
    let following = plan.price * .hours(730) * mean
    let ordinary = plan.price * .hours(730) * Double(week.max() ?? sizing.machines)
    let horizon = horizonCost(demand, sizing)
    recordCost(flat, ordinary, following, horizon.total, sizing)
    return PlanCost(
      hourlyPrice: plan.price, priceSource: plan.priceSource, perHour: plan.price * .hours(1) * Double(sizing.machines),
      flatPerMonth: flat, ordinaryFlatPerMonth: ordinary, followingPerMonth: following,
      simulatedPerMonth: simulations.first?.costPerMonth,
      horizon: horizon.total, events: horizon.events,
      saving: ordinary > .zero ? max(0, 1 - following / ordinary) : 0)
  }

  /// The fleet that follows expected demand with the headroom, hour by hour; and the part that events cause.
  private func horizonCost(_ demand: DemandOutlook, _ sizing: Sizing) -> (total: Money, events: Money) {
    guard let forecast = demand.forecast, !sizing.hourOfWeek.isEmpty else {
      return (plan.price * plan.horizon * Double(sizing.machines), .zero)
    }
    let step = forecast.mid.step
    let share = sizing.provisioned / sizing.peak.mid
    var total = 0.0
    var ordinary = 0.0
    for (i, value) in forecast.mid.rawValues.enumerated() where !value.isNaN && forecast.mid.time(at: i) >= now {
      let needed = machines(for: max(1, replicas(for: .perSecond(value) * share)))
      let (date, second) = plan.zone.local(forecast.mid.time(at: i))
      let usual = machines(for: sizing.hourOfWeek[date.weekday.rawValue * 24 + second / 3600])
      total += Double(needed)
      ordinary += Double(min(needed, usual))
    }
    let price = plan.price * step
    return (price * total, price * (total - ordinary))
  }

  private mutating func recordCost(
    _ flat: Money, _ ordinary: Money, _ following: Money, _ horizon: Money, _ sizing: Sizing
  ) {
    let machineIndex = plan.machine?.name ?? ""
    ledger.record(
      Derivation(
        id: "price", title: "price of a machine hour", value: plan.price.dollarsPerHour, shown: "\(plan.price)",
        origin: plan.priceIsOverridden
          ? origin("prices.\(machineIndex)", otherwise: .computed)
          : plan.machine == nil
            ? .assumption(why: "no machine is named in the plan") : .catalog(source: plan.priceSource)))
    ledger.record(
      Derivation(
        id: "cost-per-month-flat", title: "flat fleet, a month", value: flat.dollars, shown: "\(flat)",
        formula: "machines x price x 730 h",
        worked:
          "\(sizing.machines) x \(NumberFormat.significant(plan.price.dollarsPerHour, 6)) x 730 = \(NumberFormat.grouped(flat.dollars))",
        inputs: ["machines", "price"]))
    guard !sizing.hourOfWeek.isEmpty else { return }
    let mean = sizing.hourOfWeek.map { Double(machines(for: $0)) }.reduce(0, +) / 168
    let busiest = machines(for: sizing.hourOfWeek.max() ?? 0)
    ledger.record(
      Derivation(
        id: "cost-per-month-ordinary-flat", title: "flat fleet for an ordinary week, a month", value: ordinary.dollars,
        shown: "\(ordinary)", formula: "machines for the busiest hour of an ordinary week x price x 730 h",
        worked:
          "\(busiest) x \(NumberFormat.significant(plan.price.dollarsPerHour, 6)) x 730 = \(NumberFormat.grouped(ordinary.dollars))",
        inputs: ["baseline-peak", "headroom", "capacity", "price"]))
    ledger.record(
      Derivation(
        id: "machines-mean", title: "machines, mean over an ordinary week", value: mean,
        shown: NumberFormat.significant(mean, 4),
        formula:
          "mean over 168 hours of ceil(highest expected demand of the hour x (1 + headroom) / capacity) on machines",
        inputs: ["baseline-peak", "headroom", "capacity", "replicas-per-machine"]))
    ledger.record(
      Derivation(
        id: "cost-per-month", title: "fleet that follows the week, a month", value: following.dollars,
        shown: "\(following)",
        formula: "machines-mean x price x 730 h",
        worked:
          "\(NumberFormat.significant(mean, 5)) x \(NumberFormat.significant(plan.price.dollarsPerHour, 6)) x 730 = \(NumberFormat.grouped(following.dollars))",
        inputs: ["machines-mean", "price"]))
    ledger.record(
      Derivation(
        id: "cost-horizon", title: "fleet over the horizon, events included", value: horizon.dollars,
        shown: "\(horizon)",
        formula: "sum over the horizon of machines for expected demand x (1 + headroom) x price",
        inputs: ["price", "headroom", "capacity"]))
  }
}
