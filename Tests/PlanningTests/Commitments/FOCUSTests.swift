import Documents
import Quantities
import Testing

@testable import Planning

@Suite("FOCUS files") struct FOCUSTests {
  static let header =
    "ContractCommitmentId,ContractCommitmentCategory,ContractCommitmentType,ContractCommitmentDescription,ContractCommitmentQuantity,ContractCommitmentUnit,ContractCommitmentCost,ContractCommitmentPeriodStart,ContractCommitmentPeriodEnd,BillingCurrency"

  static func read(_ rows: [String]) throws -> (
    existing: [CommitmentSpec.Existing], spend: [CommitmentSpec.Promise], warnings: Diagnostics
  ) {
    let text = ([header] + rows).joined(separator: "\n") + "\n"
    let found = try FOCUSCommitments.read(
      Array(text.utf8), file: "cc.csv", machines: ["g5.xlarge", "g5.2xlarge"], regions: ["us-east-1"])
    return (found.existing, found.spend, found.2)
  }

  @Test("hours over the period are machines, units are units, and the region is found in the words")
  func usage() throws {
    let found = try Self.read([
      "ri-1,Usage,Reserved Instance,10 x g5.xlarge in us-east-1,87600,Hours,60000,2026-01-01T00:00:00Z,2027-01-01T00:00:00Z,USD",
      "ri-2,Usage,Reserved Instance,g5.2xlarge,4,Instances,,2026-01-01,2029-01-01,USD",
    ])
    #expect(
      found.existing == [
        .init(
          machine: "g5.xlarge", region: "us-east-1", units: 10,
          until: try #require(CivilDate(year: 2027, month: 1, day: 1))),
        .init(
          machine: "g5.2xlarge", region: "", units: 4, until: try #require(CivilDate(year: 2029, month: 1, day: 1))),
      ])
    #expect(found.warnings.all.isEmpty)
  }

  @Test("a promise to spend is dollars an hour over its period; what names no machine is left out with a word")
  func spend() throws {
    let found = try Self.read([
      "sp-1,Spend,Compute Savings Plan,,,,8760,2026-01-01T00:00:00Z,2027-01-01T00:00:00Z,USD",
      "x,Usage,Reserved Instance,m9.large,4,Instances,,2026-01-01,2027-01-01,USD",
    ])
    #expect(abs((found.spend.first?.hourly.dollarsPerHour ?? 0) - 1) < 1e-12)
    #expect(found.existing.isEmpty)
    #expect(found.warnings.all.map(\.message).first?.contains("names no machine of the plan") ?? false)
  }

  @Test("what is no such file, or no period, is told with its line")
  func faults() {
    #expect(throws: Diagnostics.self) {
      try FOCUSCommitments.read(Array("a,b\n1,2\n".utf8), file: "x.csv", machines: [], regions: [])
    }
    do {
      _ = try Self.read(["ri,Usage,RI,g5.xlarge,4,Units,,2027-01-01,2026-01-01,USD"])
      Issue.record("a period that runs backwards was taken")
    } catch { #expect("\(error)".contains("cc.csv:2")) }
  }

  @Test("a bill adds up by month: commitments, spot, what was unused; taxes are no capacity")
  func bill() throws {
    let text = """
      BilledCost,EffectiveCost,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,PricingCategory,CommitmentDiscountStatus,BillingCurrency
      10,10,2026-04-01T00:00:00Z,2026-05-01T00:00:00Z,Usage,Standard,,USD
      0,4,2026-04-01T00:00:00Z,2026-05-01T00:00:00Z,Usage,Committed,Unused,USD
      3,3,2026-04-02T00:00:00Z,2026-04-03T00:00:00Z,Usage,Dynamic,null,USD
      9,9,2026-04-02T00:00:00Z,2026-04-03T00:00:00Z,Tax,,,USD
      5,5,2026-05-02T00:00:00Z,2026-05-03T00:00:00Z,Usage,Standard,,USD
      """
    let bill = try FOCUSBill(Array(text.utf8), file: "b.csv")
    #expect(bill.months.map(\.name) == ["2026-04", "2026-05"])
    let april = bill.months[0]
    #expect(april.effective == .dollars(17) && april.billed == .dollars(13))
    #expect(april.committed == .dollars(4) && april.unused == .dollars(4) && april.spot == .dollars(3))
    #expect(april.isWhole && !bill.months[1].isWhole)
    #expect(throws: Diagnostics.self) { try FOCUSBill(Array("a\n1\n".utf8), file: "b.csv") }
  }

  @Test("a name is found as a word, not as the beginning of another")
  func words() {
    #expect(FOCUSTable.holds("4 x g5.xlarge, us-east-1", "g5.xlarge"))
    #expect(!FOCUSTable.holds("g5.xlarge2", "g5.xlarge"))
    #expect(FOCUSTable.holds("on g5.xlarge.", "g5.xlarge"))
    #expect(!FOCUSTable.holds("", "g5") && !FOCUSTable.holds("g", "g5"))
  }
}
