import Costs
import Documents
import Planning
import Quantities

extension CommitmentAnswer {
  /// The fields of a `--batch` answer, behind its id.
  public func write(to json: inout JSONWriter) {
    switch self {
    case .layer(let choice):
      json.entry("optimum_units", choice.units)
      json.entry("optimum_cost", choice.cost)
      json.entry("all_on_demand_cost", choice.costOnDemand)
      json.entry("cost_without_commitment", choice.costWithout)
      json.entry("break_even_utilization", choice.breakEven)
      json.entry("utilization_of_last_unit", choice.used)
    case .stack(let choice):
      json.entry("optimum_3y_units", choice.threeYears)
      json.entry("optimum_1y_units_by_year", values: choice.oneYear.map(Double.init))
      json.entry("optimum_cost", choice.cost)
      json.entry("cost_without", choice.costWithout)
    case .spend(let choice, let order):
      json.entry("optimum_commit_per_h", choice.promise)
      json.entry("optimum_cost", choice.cost)
      json.entry("all_on_demand_cost", choice.costWithout)
      json.entry("application_order", texts: order)
    case .blocks(let choice):
      json.objects("blocks", choice.purchases) { json, one in
        json.entry("units", one.units)
        json.entry("first_day", one.firstDay)
        json.entry("days", one.days)
        json.entry("order_by_day", one.orderBy)
      }
      json.entry("optimum_cost", choice.cost)
      json.entry("cost_without", choice.costWithout)
      json.entry("prepaid", choice.prepaid)
      json.entry("exposed_unit_days", choice.exposedUnitDays)
    case .spotServing(let choice):
      json.entry("status", choice == nil ? "infeasible" : "optimal")
      json.entry("base_units", choice?.base)
      json.entry("optimum_cost", choice?.cost)
      json.entry("all_on_demand_cost", choice?.costOnDemand)
      json.entry("unserved_share", choice?.unserved)
      json.entry("unserved_when_all_spot_goes", choice?.worst)
      json.entry("spot_share", choice?.spotShare)
    }
  }
}
