import Costs
import Foundation
import HeadroomTesting
import Quantities
import Testing

/// Cases whose optimum was found by trying everything.
@Suite(.enabled(if: TestData.isPresent, "measured data not present"))
struct PublishedCommitmentTests {
  typealias Case = [String: Any]

  func cases(_ kinds: String...) throws -> [Case] {
    let bytes = try Data(contentsOf: URL(fileURLWithPath: TestData.path("regions/commitments_dev.json")))
    let root = try #require(JSONSerialization.jsonObject(with: bytes) as? Case)
    let found = try #require(root["instances"] as? [Case]).filter { kinds.contains($0["kind"] as? String ?? "") }
    try #require(!found.isEmpty)
    return found
  }
  func price(_ one: Case, _ key: String) throws -> HourlyPrice {
    .dollarsPerHour(try #require(one[key] as? Double, "\(key)"))
  }
  func fraction(_ one: Case, _ key: String) throws -> Fraction { Fraction(rawValue: try #require(one[key] as? Double)) }
  func check(_ cost: Money, _ one: Case) throws {
    #expect(abs(cost.dollars - (try #require(one["optimum_cost"] as? Double))) < 0.01, "\(one["id"] ?? "")")
  }

  @Test("single layers, with and without spot")
  func single() throws {
    for one in try cases("single", "commit_spot_on_demand") {
      var spot: Commitment.Spot?
      if one["spot_rate"] != nil {
        spot = .init(
          hourly: try price(one, "spot_rate"), overhead: try fraction(one, "spot_overhead"),
          maximumShare: try fraction(one, "max_spot_fraction_of_demand"))
      }
      let choice = Commitment(
        onDemand: try price(one, "on_demand_rate"), committed: try price(one, "commit_rate"), spot: spot
      ).optimum(demand: try #require(one["demand_units_by_hour"] as? [Double]))
      #expect(choice.units == (one["optimum_units"] ?? one["optimum_commit_units"]) as? Int, "\(one["id"] ?? "")")
      try check(choice.cost, one)
    }
  }

  @Test("three years under one year, with growth, decline and a commitment that ends")
  func stacked() throws {
    for one in try cases("stack_1y_3y") {
      var existing: [StackedCommitment.Existing] = []
      if let old = one["existing"] as? Case {
        existing.append(
          .init(
            units: try #require(old["units"] as? Int), hourly: try price(old, "rate"),
            years: try #require(old["until_year"] as? Int)))
      }
      let choice = StackedCommitment(
        onDemand: try price(one, "on_demand_rate"), oneYear: try price(one, "commit_rate_1y"),
        threeYears: try price(one, "commit_rate_3y"), existing: existing
      ).optimum(demandByYear: try #require(one["demand_units_by_year_hour"] as? [[Double]]))
      #expect(choice.threeYears == one["optimum_3y_units"] as? Int, "\(one["id"] ?? "")")
      #expect(choice.oneYear == one["optimum_1y_units_by_year"] as? [Int], "\(one["id"] ?? "")")
      try check(choice.cost, one)
    }
  }

  @Test("promises to spend, used up in the order of their savings")
  func spend() throws {
    for one in try cases("spend_commitment") {
      let units = try #require(one["usage_units_by_hour"] as? [String: [Double]])
      let commitment = SpendCommitment(
        try #require(one["types"] as? [Case]).map { type in
          let name = try #require(type["id"] as? String)
          return .init(
            name: name, onDemand: try price(type, "od"), committed: try price(type, "sp"),
            units: try #require(units[name]))
        })
      #expect(commitment.usages.map(\.name) == one["application_order"] as? [String])
      let best = commitment.optimum()
      #expect(abs(best.promise.dollarsPerHour - (try #require(one["optimum_commit_per_h"] as? Double))) < 1e-6)
      try check(best.cost, one)
    }
  }
}
