import Documents
import Quantities

/// `schedule:` of a plan file.
public struct ScheduleRecipe: PolicyRecipe, Hashable {
  public static let name = "schedule"
  public var entries: [SchedulePolicy.Entry] = []
  public var zone = TimeZoneRules.utc
  /// Before any entry has come; nil for the plan's minimum.
  public var initial: Int?
  public init() {}
  public var title: String {
    "schedule of \(entries.count) time\(entries.count == 1 ? "" : "s") in \(zone.name)"
  }
  public func policy(in setting: PolicySetting) -> any ScalingPolicy {
    SchedulePolicy(entries, zone: zone, initial: initial ?? setting.minimum)
  }
  public func hazards(_ context: HazardContext) -> [Hazard] {
    let most = entries.map(\.replicas).max() ?? 0
    let needed = context.replicas(for: context.peak.rawValue)
    guard most < needed else { return [] }
    return [
      Hazard(
        "schedule-below-peak", what: "no entry of the schedule reaches the peak",
        because: "\(text(context.peak.rawValue)) req/s need \(needed) replicas, the most that is set is \(most)",
        remedy: "combine it with a policy that looks: composite: [{ schedule: ... }, { target: ... }]")
    ]
  }
}

extension SchedulePolicy {
  public static let descriptor = PolicyDescriptor(
    name: "schedule",
    summary:
      "Replicas by the clock on the wall, for traffic that keeps office hours; combine it with a policy that looks.",
    schema: .object(
      ObjectSchema(
        title: "schedule", summary: "What was set last holds until something else is set.",
        fields: [
          Field(
            "entries", "times and the replicas from then on",
            .list(
              .object(
                ObjectSchema(
                  title: "entry", summary: "A time that recurs, in the five fields of crontab(5).",
                  fields: [
                    Field(
                      "at", "minute, hour, day, month, weekday", PolicySchema.cron, required: true,
                      example: "0 7 * * 1-5"),
                    Field("replicas", "from then on", .integer, required: true, example: "20"),
                  ]))), required: true),
          Field("time zone", "whose clock", .string, example: "Europe/Berlin", default: "UTC"),
          Field("initial", "replicas before any entry has come", .integer, default: "the minimum"),
        ])),
    example: """
      scaling:
        schedule:
          time zone: Europe/Berlin
          entries:
            - { at: "0 7 * * 1-5", replicas: 20 }
            - { at: "0 20 * * *", replicas: 5 }
      """
  ) { node, path, reader in
    var recipe = ScheduleRecipe()
    for (i, entry) in (node["entries"]?.elements ?? []).enumerated() {
      let here = "\(path).entries[\(i)]"
      let at = reader.cron(entry["at"], "\(here).at")
      let replicas = reader.count(entry["replicas"], "\(here).replicas", 0...10_000_000)
      if let at, let replicas { recipe.entries.append(Entry(at: at, replicas: replicas)) }
    }
    if let list = node["entries"], list.count == 0 {
      reader.fail(
        "the schedule has no entries", list, "\(path).entries", help: "write - { at: \"0 7 * * 1-5\", replicas: 20 }")
    }
    recipe.initial = reader.count(node["initial"], "\(path).initial", 0...10_000_000)
    guard let zone = reader.zone(node["time zone"], "\(path).time zone") else { return nil }
    recipe.zone = zone
    return recipe
  }
}
