import Documents

extension PlanSchema {
  /// A time of a stage: fixed, or drawn for every replica.
  static let stage = Schema.any(
    of: [
      duration,
      .object(
        ObjectSchema(
          title: "drawn time", summary: "Drawn for each: lognormal by median and p99, or even between low and high.",
          fields: [
            Field("median", "half take less", duration, example: "45s"),
            Field("p99", "99 % take less", duration, example: "2m"),
            Field("low", "none takes less", duration, example: "30s"),
            Field("high", "none takes more", duration, example: "60s"),
          ])),
    ], description: "a span of time, { median, p99 } or { low, high }")

  static let simulation = ObjectSchema(
    title: "simulation",
    summary: "The world that the autoscaler is simulated in. What is left out does not happen.",
    fields: [
      Field(
        "metrics", "what measurements go through before the policy sees them",
        .object(
          ObjectSchema(
            title: "metrics", summary: "Taken at an interval, averaged over a window; old ones vanish.",
            fields: [
              Field("scrape", "how often they are taken", duration, example: "15s", default: "15s"),
              Field("window", "each is the mean of so much time", duration, example: "30s", default: "30s"),
              Field(
                "staleness", "how long the last one is shown when no new ones come", duration, example: "5m",
                default: "5m"),
            ]))),
      Field(
        "nodes", "nodes with an autoscaler of their own; they take the place of startup's node stage",
        .object(
          ObjectSchema(
            title: "nodes", summary: "Defaults are the Kubernetes Cluster Autoscaler's. GPU nodes are slower to come.",
            fields: [
              Field("per node", "replicas that fit a node", .integer, example: "1", default: "1"),
              Field("initial", "nodes at the start; as many as are needed where absent", .integer, example: "40"),
              Field("minimum", "never fewer nodes", .integer, example: "0", default: "0"),
              Field("quota", "never more nodes", .integer, example: "200"),
              Field("provisioning", "from the order until a replica can be placed", stage, default: "90s"),
              Field("scan", "how often the autoscaler looks", duration, example: "10s", default: "10s"),
              Field("unneeded", "how long a node must be idle to go", duration, example: "20m", default: "10m"),
              Field(
                "delay after add", "no node goes for so long after one came", duration, example: "10m", default: "10m"),
            ]))),
      Field("drain", "how long a replica that is told to stop keeps its machine", duration, default: "0s"),
      Field("warm nodes", "spare nodes kept ready: a start skips its node stage", .integer, example: "2", default: "0"),
      Field(
        "incidents", "what goes wrong",
        .object(
          ObjectSchema(
            title: "incidents", summary: "By chance, drawn from --seed, and at known times.",
            fields: [
              Field("crashes", "how often one replica crashes", rate, example: "0.001/h"),
              Field("preemptions", "how often one replica's spot machine is taken back", rate, example: "0.02/h"),
              Field(
                "notice", "from the notice until a spot machine is gone", duration, example: "30s", default: "120s"),
              Field(
                "planned", "at known times",
                .list(
                  .object(
                    ObjectSchema(
                      title: "incident", summary: "Exactly one of crash, preempt and metrics missing.",
                      fields: [
                        Field(
                          "at", "by the users' clock, or after a span from the plan's moment",
                          .quantity("time", examples: ["2026-11-27T18:00", "36h"]), required: true),
                        Field("crash", "this share of the ready replicas crashes", share, example: "30%"),
                        Field("preempt", "the spot machines of this share are taken back", share, example: "50%"),
                        Field("metrics missing", "no measurements for so long", duration, example: "10m"),
                      ])))),
            ]))),
      Field(
        "batch", "work without a deadline that fills what is idle and gives way",
        .object(
          ObjectSchema(
            title: "batch", summary: "In replica-hours.",
            fields: [
              Field("arriving", "replica-hours that come in an hour", .number, example: "4", default: "0"),
              Field("backlog", "replica-hours that wait at the start", .number, example: "200", default: "0"),
              Field("ceiling", "how full batch work may make the fleet", share, example: "90%", default: "90%"),
              Field(
                "give way", "how long it holds what the service wants back", duration, example: "30s", default: "5s"),
            ]))),
    ])
}
