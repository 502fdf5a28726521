import Documents
import Quantities

/// Commitments that exist, of a FOCUS Contract Commitment file (1.3 and 1.4).
enum FOCUSCommitments {
  /// Words that name the machine and the region: 1.3 has no columns for them, providers write them into these.
  private static let speaking = [
    "x_MachineType", "x_InstanceType", "ContractCommitmentDescription", "ContractCommitmentApplicability",
    "ContractCommitmentType", "ContractCommitmentId", "ContractCommitmentID",
  ]

  /// Commitments to use of the machines that a plan runs on, and to spend.
  ///
  /// A quantity in hours over the period is so many machines; a quantity in units is those. What is canceled, superseded,
  /// expired or only proposed (1.4's lifecycle status) is left out.
  /// - Returns: what was found, and warnings on rows that are nobody's.
  static func read(
    _ bytes: [UInt8], file: String, machines: [String], regions: [String]
  ) throws(Diagnostics) -> (existing: [CommitmentSpec.Existing], spend: [CommitmentSpec.Promise], Diagnostics) {
    let table = try FOCUSTable(bytes, file: file)
    let needed = [
      "ContractCommitmentCategory", "ContractCommitmentPeriodEnd", "ContractCommitmentPeriodStart",
    ].filter { !table.has($0) }
    guard needed.isEmpty else {
      throw Diagnostics([
        .error(
          "no FOCUS contract commitments: it lacks \(needed.joined(separator: " and "))",
          at: SourceLocation(file: file, line: 1, column: 1),
          help: "export the Contract Commitment dataset of FOCUS 1.3 or later as CSV")
      ])
    }
    var existing: [CommitmentSpec.Existing] = []
    var spend: [CommitmentSpec.Promise] = []
    var found: [Diagnostic] = []
    for row in 0..<table.rowCount {
      let status = table.text(row, "ContractCommitmentLifecycleStatus", "ContractCommitmentStatus")
      if let status, ["proposed", "expired", "canceled", "cancelled", "superseded"].contains(status.lowercased()) {
        continue
      }
      guard let start = table.day(row, "ContractCommitmentPeriodStart"),
        let end = table.day(row, "ContractCommitmentPeriodEnd"), end > start
      else {
        found.append(
          .error(
            "a commitment's period is not two moments in order", at: table.location(row),
            help: "write them as 2026-03-01T00:00:00Z"))
        continue
      }
      let hours = Double(end - start) * 24
      let isHourly = table.text(row, "ContractCommitmentFulfillmentInterval")?.lowercased().hasPrefix("hour") ?? false
      if table.text(row, "ContractCommitmentCategory")?.lowercased() == "spend" {
        let cost = table.number(row, "ContractCommitmentCost") ?? table.number(row, "ContractCommitmentQuantity")
        guard let cost, cost >= 0 else {
          found.append(
            .error(
              "a commitment to spend has no ContractCommitmentCost", at: table.location(row), help: "write a number"))
          continue
        }
        spend.append(.init(hourly: HourlyPrice(rawValue: isHourly ? cost : cost / hours), until: end))
        continue
      }
      guard let quantity = table.number(row, "ContractCommitmentQuantity"), quantity >= 0 else {
        found.append(
          .error(
            "a commitment to use has no ContractCommitmentQuantity", at: table.location(row), help: "write a number"))
        continue
      }
      guard let machine = table.named(row, machines, in: speaking) else {
        found.append(
          .warning(
            "commitment '\(table.text(row, "ContractCommitmentId", "ContractCommitmentID") ?? "without an id")' names no machine of the plan",
            at: table.location(row), help: "it is left out; add a column x_MachineType where it should count"))
        continue
      }
      let unit = (table.text(row, "ContractCommitmentUnit") ?? "").lowercased()
      let isTime = unit.contains("hour") || unit.contains("hrs")
      let units = isTime && !isHourly ? quantity / hours : quantity
      existing.append(
        .init(
          machine: machine,
          region: table.text(row, "RegionId", "x_RegionId") ?? table.named(row, regions, in: speaking) ?? "",
          units: Int(min(1e7, units.rounded())), until: end))
    }
    let diagnostics = Diagnostics(found)
    if diagnostics.hasErrors { throw diagnostics }
    return (existing, spend, diagnostics)
  }
}
