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
      json.entry("all_on_demand_cost", choice.costWithout)
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
    }
  }
}
