import Documents
import Quantities

/// What was spent, month by month, of a FOCUS cost and usage file (1.0 and later).
public struct FOCUSBill: Sendable {
  public struct Month: Hashable, Sendable {
    public var year: Int
    public var month: Int
    /// Amortized: what is prepaid counts when it is used (EffectiveCost).
    public var effective: Money
    /// As invoiced (BilledCost).
    public var billed: Money
    /// Of the effective cost: by commitments, on spot machines, and the rest.
    public var committed: Money
    public var spot: Money
    /// Of commitments what nobody used.
    public var unused: Money
    /// Whether the file holds its first and last day.
    public var days: Set<Int>
    public var name: String { "\(year)-\(month < 10 ? "0" : "")\(month)" }
    public var isWhole: Bool { days.count >= 28 && days.contains(1) }
  }
  /// In order.
  public var months: [Month]
  public var currency: String

  /// - Throws: what is wrong in the file, with its line.
  init(_ bytes: [UInt8], file: String) throws(Diagnostics) {
    let table = try FOCUSTable(bytes, file: file)
    let needed = ["EffectiveCost", "ChargePeriodStart"]
    let lacking = needed.filter { !table.has($0) }
    guard lacking.isEmpty else {
      throw Diagnostics([
        .error(
          "no FOCUS cost and usage file: it lacks \(lacking.joined(separator: " and "))",
          at: SourceLocation(file: file, line: 1, column: 1),
          help: "export the bill as FOCUS 1.0 or later; it has the columns BilledCost, EffectiveCost, ChargePeriodStart"
        )
      ])
    }
    var found: [Int: Month] = [:]
    var faults: [Diagnostic] = []
    var currency: String?
    for row in 0..<table.rowCount {
      guard let day = table.day(row, "ChargePeriodStart"), let effective = table.number(row, "EffectiveCost") else {
        faults.append(
          .error(
            "a charge has no EffectiveCost or no ChargePeriodStart", at: table.location(row),
            help: "write a number, and a moment as 2026-03-01T00:00:00Z"))
        if faults.count >= 10 { break }
        continue
      }
      // Taxes and credits are no capacity.
      let category = table.text(row, "ChargeCategory") ?? "Usage"
      guard category == "Usage" || category == "Purchase" || category == "Adjustment" else { continue }
      currency = currency ?? table.text(row, "BillingCurrency")
      let civil = day.parts
      let key = civil.year * 12 + civil.month
      var month =
        found[key]
        ?? Month(
          year: civil.year, month: civil.month, effective: .zero, billed: .zero, committed: .zero, spot: .zero,
          unused: .zero, days: [])
      let money = Money.dollars(effective)
      month.effective += money
      month.billed += .dollars(table.number(row, "BilledCost") ?? effective)
      switch table.text(row, "PricingCategory") {
      case "Committed": month.committed += money
      case "Dynamic": month.spot += money
      default: if table.text(row, "CommitmentDiscountId") != nil { month.committed += money }
      }
      if table.text(row, "CommitmentDiscountStatus") == "Unused" { month.unused += money }
      month.days.insert(civil.day)
      if let end = table.day(row, "ChargePeriodEnd"), end > day + 1 {
        for d in 1..<min(31, end - day) { month.days.insert((day + d).day) }
      }
      found[key] = month
    }
    if !faults.isEmpty { throw Diagnostics(faults) }
    months = found.keys.sorted().compactMap { found[$0] }
    self.currency = currency ?? "USD"
  }
}
