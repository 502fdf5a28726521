import LoadTesting
import Terminal

/// The command: one verb a question.
@main
enum Headroom {
  static let version = "0.1.0"

  static let application = Application(
    name: "headroom", version: version,
    summary: "Capacity planning for ML systems: how many of what, where, from when, at what cost, and why.",
    examples: [
      Example("headroom init --with-traffic", "start a plan with an example year of traffic"),
      Example("headroom plan plan.yaml", "how much of what, from when, at what cost?"),
      Example("headroom explain plan.yaml replicas", "why this number?"),
      Example("headroom analyze traffic.csv", "what does my traffic look like?"),
    ],
    verbs: [
      .verb(InitVerb.self), .verb(PlanVerb.self), .verb(ExplainVerb.self), .verb(AnalyzeVerb.self),
      .verb(ForecastVerb.self), ReviewVerbs.node, .verb(ServeVerb.self), .verb(SimulateVerb.self),
      .verb(TuneVerb.self),
      ReplayVerbs.node, .verb(SizeVerb.self), .verb(PlaceVerb.self), .verb(FailoverVerb.self),
      .verb(RecoveryVerb.self), .verb(CommitVerb.self), .verb(ChooseVerb.self),
      .group(TrainVerb.self, [.verb(TrainQueueVerb.self), .verb(TrainRolloutVerb.self)]), .verb(CheckVerb.self),
      FleetVerbs.node, .verb(RightSizeVerb.self),
      .verb(ExportVerb.self), .verb(ImportVerb.self),
      .group(
        LoadVerb.self,
        [
          .verb(LoadSaturationVerb.self), .verb(LoadRampVerb.self), .verb(LoadSweepVerb.self),
          .verb(LoadScenarioVerb.self),
          .verb(LoadReplayVerb.self),
          .verb(LoadMirrorVerb.self), .verb(LoadChaosVerb.self), .verb(LoadColdVerb.self), .verb(LoadMLPerfVerb.self),
          .verb(LoadMergeVerb.self), .verb(LoadImportVerb.self), .verb(LoadHistoryVerb.self),
        ]), .verb(ValidateVerb.self), .verb(DoctorVerb.self), .verb(McpVerb.self),
    ], explain: Failure.explaining)

  static func main() {
    // A load generator stands beside what it loads: it takes little memory.
    if CommandLine.arguments.dropFirst().first == "load" { LoadTest.releaseLoadedCode() }
    application.main()
  }
}
