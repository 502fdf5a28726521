import Quantities

/// The public spot traces by groups, as the literature compares policies on them (Wu et al., "Can't be late", NSDI 2024;
/// repository skypilot-org/spot-traces): 48 hours of work within 60, twelve minutes of changeover, on demand at three times
/// the price of spot.
public struct SpotSuite: Sendable {
  public var name: String
  /// Paths below the folder of training data.
  public var traces: [String]

  public static let job = SpotJob(work: .hours(48), deadline: .hours(60), changeover: .minutes(12), priceRatio: 3)
  public static let published: [SpotSuite] = {
    func paths(_ folder: String, _ names: [String], _ machine: String) -> [String] {
      names.map { "\(folder)/\($0)_\(machine).json" }
    }
    let availability = "spot_availability/1-node"
    return [
      SpotSuite(
        name: "one V100, nine zones",
        traces: paths(
          "\(availability)/aws-02-15-2023",
          [
            "us-east-1a", "us-east-1c", "us-east-1d", "us-east-1f", "us-east-2a", "us-east-2b", "us-west-2a",
            "us-west-2b", "us-west-2c",
          ], "v100_1")),
      SpotSuite(
        name: "one V100, two weeks", traces: paths("\(availability)/aws-10-26-2022", ["us-west-2a"], "v100_1")),
      SpotSuite(
        name: "eight V100", traces: paths("\(availability)/aws-10-26-2022", ["us-west-2a", "us-west-2b"], "v100_8")),
      SpotSuite(
        name: "one V100, preemptions",
        traces: paths("spot_preemption/1-node/aws-04-22-2023", ["us-west-2b", "us-west-2c"], "v100_1")),
    ]
  }()

  /// What a policy costs on the traces, as a share of on demand, and how many runs missed the deadline.
  public func cost(_ policy: SpotPolicy, on traces: [SpotTrace], starts: Int) -> (relative: Double, missed: Int) {
    let results = traces.map { SpotStudy(Self.job, policy: policy).run($0, starts: starts) }
    return (Statistics.mean(results.map(\.meanRelativeCost)) ?? .nan, results.reduce(0) { $0 + $1.missed })
  }
}
