import Documents

/// The schemas of values as people write them, beside ``NodeReader``, which reads them. Every document of ours takes its
/// units from here, so that a rate is described once.
public enum UnitSchema {
  public static let rate = Schema.quantity("rate", examples: ["120/s", "2.5k/s", "7200/min"])
  public static let replicaRate = Schema.quantity("rate per replica", examples: ["2000/s per replica", "2000/s"])
  public static let span = Schema.quantity("span of time", examples: ["45s", "15m", "90d"])
  public static let share = Schema.quantity("fraction", examples: ["20%", "0.2"])
  public static let yearlyGrowth = Schema.quantity("fraction per year", examples: ["20%/year", "1.5%/month"])
  public static let price = Schema.quantity("price", examples: ["$1.006/h", "$700/month"])
  public static let money = Schema.quantity("amount of money", examples: ["$50k", "$1,200"])
  public static let currency = Schema.quantity("currency of ISO 4217", examples: ["EUR", "USD"])
  public static let factor = Schema.quantity("factor", examples: ["4", "4x", "+300%"])

  /// A value with doubt: one value, or low, mid and high.
  /// - Parameter examples: three of them, ascending.
  public static func estimate(of single: Schema, _ name: String, examples: [String]) -> Schema {
    precondition(examples.count == 3, "an estimate is shown by three examples")
    return .any(
      of: [
        single,
        .object(
          ObjectSchema(
            title: "estimate", summary: "low, mid and high: the truth lies between low and high with 80 % confidence",
            fields: [
              Field("low", "the 10 % quantile", single, required: true, example: examples[0]),
              Field("mid", "the median", single, required: true, example: examples[1]),
              Field("high", "the 90 % quantile", single, required: true, example: examples[2]),
            ])),
      ], description: "a \(name), or { low, mid, high }")
  }
}
