import Catalogs
import Documents
import Planning
import Quantities

/// The plan's cost as rows of the FinOps Open Cost and Usage Specification, to be held against the bill when it comes.
///
/// The columns are FOCUS 1.2's mandatory ones and those that a bill of machines fills; what a forecast adds stands in
/// columns with the prefix `x_`, as the specification asks of columns that are not its own.
public enum FOCUSExporter {
  public static let descriptor = ExporterDescriptor(
    name: "focus",
    summary: "The plan's cost by month, machine and region as FOCUS rows (CSV) with x_Forecast columns.",
    parameters: [
      .init("fleet", default: "following", "following: as demand asks by hour; flat: the peak's size at every hour"),
      .init("provider", default: "AWS", "ProviderName, PublisherName and InvoiceIssuerName"),
      .init("account", default: "the plan's name", "BillingAccountId and SubAccountId"),
      .init("currency", default: "USD", "BillingCurrency"),
    ],
    example: "headroom export focus plan.yaml > forecast.csv", ending: "csv"
  ) { (request) throws(ExportFault) in
    let outcome = request.outcome
    guard outcome.cost.isPriced else {
      throw ExportFault("The plan knows no price. Add prices: { g5.xlarge: $1.006/h } to it.")
    }
    let fleet = request.settings["fleet"] ?? "following"
    guard fleet == "following" || fleet == "flat" else {
      throw ExportFault("fleet=\(fleet) is not known here. Write following or flat.")
    }
    let isFollowing = fleet == "following" && !outcome.sizing.hourOfWeek.isEmpty
    let today = outcome.plan.zone.local(outcome.now).date
    var csv = CSVWriter()
    csv.row(columns)
    for charge in outcome.forecastCharges(following: isFollowing, from: today) {
      csv.row(row(charge, request, isFollowing))
    }
    var notes = [
      "Amounts are \(isFollowing ? "of a fleet that follows the ordinary week" : "of a flat fleet for the peak"), in \(request.settings["currency"] ?? "USD"); events are in neither."
    ]
    if request.settings["provider"] == nil { notes.append("The provider is taken to be AWS: set provider=NAME.") }
    return Export(csv.text, notes: notes)
  }

  static let columns = [
    "BilledCost", "BillingAccountId", "BillingAccountName", "BillingAccountType", "BillingCurrency",
    "BillingPeriodEnd", "BillingPeriodStart", "ChargeCategory", "ChargeClass", "ChargeDescription", "ChargeFrequency",
    "ChargePeriodEnd", "ChargePeriodStart", "CommitmentDiscountCategory", "CommitmentDiscountId",
    "CommitmentDiscountName", "CommitmentDiscountStatus", "CommitmentDiscountType", "ConsumedQuantity", "ConsumedUnit",
    "ContractedCost", "ContractedUnitPrice", "EffectiveCost", "InvoiceIssuerName", "ListCost", "ListUnitPrice",
    "PricingCategory", "PricingQuantity", "PricingUnit", "ProviderName", "PublisherName", "RegionId", "RegionName",
    "ResourceId", "ResourceName", "ResourceType", "ServiceCategory", "ServiceName", "SkuId", "SkuPriceId",
    "SubAccountId", "SubAccountName", "Tags", "x_Forecast", "x_ForecastPlan", "x_ForecastMadeOn", "x_ForecastFleet",
    "x_ForecastPeak", "x_ForecastPeakHigh",
  ]

  private static func row(_ charge: ForecastCharge, _ request: ExportRequest, _ isFollowing: Bool) -> [String] {
    let amount = number(charge.amount.dollars)
    var values = common(charge, request, isFollowing)
    values.merge([
      "BilledCost": amount, "EffectiveCost": amount, "ListCost": amount, "ContractedCost": amount,
      "ChargeDescription": charge.description, "PricingCategory": charge.pricing, "RegionId": charge.region,
      "RegionName": charge.region, "SkuId": charge.what, "SkuPriceId": charge.description,
    ]) { $1 }
    if let hours = charge.machineHours, let price = charge.unitPrice {
      for key in ["PricingQuantity", "ConsumedQuantity"] { values[key] = number(hours) }
      for key in ["PricingUnit", "ConsumedUnit"] { values[key] = "Hours" }
      for key in ["ListUnitPrice", "ContractedUnitPrice"] { values[key] = number(price) }
      values["ResourceType"] = charge.what
    } else {
      values["ServiceCategory"] = "Networking"
      values["ServiceName"] = charge.what
    }
    if charge.pricing == "Committed" {
      values["CommitmentDiscountCategory"] = "Usage"
      for key in ["CommitmentDiscountId", "CommitmentDiscountName"] { values[key] = charge.description }
      values["CommitmentDiscountStatus"] = "Used"
      values["CommitmentDiscountType"] = charge.description
    }
    return columns.map { values[$0] ?? "" }
  }

  private static func common(
    _ charge: ForecastCharge, _ request: ExportRequest, _ isFollowing: Bool
  ) -> [String: String] {
    let outcome = request.outcome
    let provider = request.settings["provider"] ?? "AWS"
    let account = request.settings["account"] ?? outcome.plan.name
    let peak = outcome.sizing.peak
    return [
      "BillingAccountId": account, "BillingAccountName": account, "BillingAccountType": "Plan",
      "BillingCurrency": request.settings["currency"] ?? "USD", "BillingPeriodStart": moment(charge.month),
      "BillingPeriodEnd": moment(charge.nextMonth), "ChargeCategory": "Usage", "ChargeFrequency": "Usage-Based",
      "ChargePeriodStart": moment(charge.from), "ChargePeriodEnd": moment(charge.to), "InvoiceIssuerName": provider,
      "ProviderName": provider, "PublisherName": provider, "ServiceCategory": "Compute",
      "ServiceName": outcome.plan.name,
      "ResourceId": outcome.plan.name, "ResourceName": outcome.plan.name, "SubAccountId": account,
      "SubAccountName": account, "Tags": "{}", "x_Forecast": "true", "x_ForecastPlan": outcome.plan.name,
      "x_ForecastMadeOn": moment(outcome.plan.zone.local(outcome.now).date),
      "x_ForecastFleet": isFollowing ? "following" : "flat", "x_ForecastPeak": number(peak.mid.rawValue),
      "x_ForecastPeakHigh": number(peak.high.rawValue),
    ]
  }

  private static func moment(_ day: CivilDate) -> String { "\(day)T00:00:00Z" }
  /// Six decimals: FOCUS takes any decimal number, and a sum of months stays the plan's to the cent.
  private static func number(_ value: Double) -> String { NumberFormat.fixed(value, decimals: 6) }
}
