import Documents
import Planning
import Quantities

/// How a region is left: a plan of AWS ARC Region switch, which scales the others up to what they must carry and then moves
/// the traffic, in the order in which the plan's recovery counts on it.
///
/// The document is the input of `aws arc-region-switch create-plan --cli-input-json`:
/// https://docs.aws.amazon.com/arc-region-switch/latest/api/API_CreatePlan.html
public enum RegionSwitchExporter {
  public static let descriptor = ExporterDescriptor(
    name: "region-switch",
    summary: "A plan of AWS ARC Region switch: scale the regions that stay, then lead the traffic to them, as JSON.",
    parameters: [
      .init("name", default: "the plan's name", "the plan's name, letters, digits and hyphens"),
      .init("role", default: "EXECUTION_ROLE_ARN", "the role with which ARC acts"),
      .init("zone", default: "HOSTED_ZONE_ID", "the hosted zone"),
      .init("domain", default: "service.example.com", "the name that clients resolve"),
      .init("namespace", default: "default", "the Deployment's namespace"),
      .init("target", default: "the plan's name", "the Deployment that is scaled"),
      .init("hpa", default: "what is scaled", "its HorizontalPodAutoscaler"),
      .init("cluster", default: "CLUSTER_ARN", "the EKS clusters' ARNs, REGION=ARN, one after the other with commas"),
    ],
    example: "headroom export region-switch plan.yaml --set domain=api.shop.example > region-switch.json",
    ending: "json"
  ) { (request) throws(ExportFault) in
    let outcome = request.outcome
    let regions = outcome.sizing.regions
    // Region switch plans know two regions of one application.
    guard regions.count == 2 else {
      throw ExportFault(
        "A Region switch plan has two regions, and the plan has \(regions.count). Write one for each pair, with regions: { us-east-1: { share: 60% }, eu-west-1: { share: 40% } }."
      )
    }
    let settings = request.settings
    let name = try request.name()
    let target = settings["target"] ?? name
    let clusters = try clusters(settings["cluster"], regions.map(\.name))
    var notes: [String] = []
    for (key, what) in [
      ("role", "The role"), ("zone", "The hosted zone"), ("domain", "The domain"), ("cluster", "The EKS clusters"),
    ] where settings[key] == nil { notes.append("\(what) is left to you: set \(key)=...") }
    let recovery = outcome.recovery
    let rto = recovery.rto.map { max(1, Int(min(10_000, ($0 / 60).rounded(.up)))) }
    // The greater share is the one that is left in name; both are served.
    let primary = regions.max { ($0.share, $1.name) < ($1.share, $0.name) }?.name ?? regions[0].name
    var json = JSONWriter(pretty: true)
    json.object { json in
      func text(_ key: String, _ value: String) {
        json.key(key)
        json.string(value)
      }
      text("name", name)
      text("description", "Loss of a region of \(outcome.plan.name), by headroom")
      text("executionRole", settings["role"] ?? "EXECUTION_ROLE_ARN")
      text("recoveryApproach", "activeActive")
      json.key("regions")
      json.array { json in for region in regions { json.string(region.name) } }
      text("primaryRegion", primary)
      if let rto {
        json.key("recoveryTimeObjectiveMinutes")
        json.integer(rto)
      }
      json.key("workflows")
      json.array { json in
        for lost in regions {
          let stays = regions.filter { $0.name != lost.name }
          json.object { json in
            json.key("workflowTargetAction")
            json.string("deactivate")
            json.key("workflowTargetRegion")
            json.string(lost.name)
            json.key("workflowDescription")
            json.string(
              "Without \(lost.name): \(stays.map { "\($0.name) carries \(outcome.sizing.peak.mid) at the peak" }.joined(separator: ", "))"
            )
            json.key("steps")
            json.array { json in
              scale(lost, outcome, target, settings, clusters, regions, &json)
              lead(settings, regions, &json)
            }
          }
        }
      }
    }
    for lost in regions {
      let percent = Self.percent(without: lost, outcome)
      notes.append(
        "Without \(lost.name) the other region is scaled to \(percent) % of the most that it ran in a day, for all of the peak."
      )
    }
    return Export(json.text + "\n", notes: notes)
  }

  /// How much of its own busiest day the region that stays must hold: all of the traffic over its own share.
  private static func percent(without lost: RegionSizing, _ outcome: PlanOutcome) -> Int {
    let all = outcome.sizing.regions.reduce(0) { $0 + $1.own }
    let own = all - lost.own
    return min(1000, max(100, Int((Double(all) / Double(max(1, own)) * 100).rounded(.up))))
  }

  private static func scale(
    _ lost: RegionSizing, _ outcome: PlanOutcome, _ target: String, _ settings: [String: String],
    _ clusters: [String: String], _ regions: [RegionSizing], _ json: inout JSONWriter
  ) {
    let startup = outcome.plan.service.startup.mean
    let minutes = max(5, Int((startup.seconds * 3 / 60).rounded(.up)))
    json.object { json in
      json.key("name")
      json.string("scale up")
      json.key("executionBlockType")
      json.string("EKSResourceScaling")
      json.key("executionBlockConfiguration")
      json.object { json in
        json.key("eksResourceScalingConfig")
        json.object { json in
          json.key("timeoutMinutes")
          json.integer(minutes)
          json.key("kubernetesResourceType")
          json.object { json in
            json.key("apiVersion")
            json.string("apps/v1")
            json.key("kind")
            json.string("Deployment")
          }
          json.key("scalingResources")
          json.array { json in
            json.object { json in
              json.key(target)
              json.object { json in
                for region in regions {
                  json.key(region.name)
                  json.object { json in
                    for (key, value) in [
                      ("namespace", settings["namespace"] ?? "default"), ("name", target),
                      ("hpaName", settings["hpa"] ?? target),
                    ] {
                      json.key(key)
                      json.string(value)
                    }
                  }
                }
              }
            }
          }
          json.key("eksClusters")
          json.array { json in
            for region in regions {
              json.object { json in
                json.key("clusterArn")
                json.string(clusters[region.name] ?? "CLUSTER_ARN_\(region.name)")
              }
            }
          }
          json.key("targetPercent")
          json.integer(percent(without: lost, outcome))
          json.key("capacityMonitoringApproach")
          json.string("sampledMaxInLast24Hours")
        }
      }
    }
  }

  private static func lead(_ settings: [String: String], _ regions: [RegionSizing], _ json: inout JSONWriter) {
    json.object { json in
      json.key("name")
      json.string("lead the traffic away")
      json.key("executionBlockType")
      json.string("Route53HealthCheck")
      json.key("executionBlockConfiguration")
      json.object { json in
        json.key("route53HealthCheckConfig")
        json.object { json in
          json.key("timeoutMinutes")
          json.integer(5)
          json.key("hostedZoneId")
          json.string(settings["zone"] ?? "HOSTED_ZONE_ID")
          json.key("recordName")
          json.string(settings["domain"] ?? "service.example.com")
          json.key("recordSets")
          json.array { json in
            for region in regions {
              json.object { json in
                json.key("recordSetIdentifier")
                json.string(region.name)
                json.key("region")
                json.string(region.name)
              }
            }
          }
        }
      }
    }
  }

  private static func clusters(_ text: String?, _ regions: [String]) throws(ExportFault) -> [String: String] {
    var clusters: [String: String] = [:]
    for part in (text ?? "").split(separator: ",") {
      let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
      guard pair.count == 2, regions.contains(pair[0]) else {
        throw ExportFault(
          "cluster=\(part) names no region of the plan. Write cluster=\(regions[0])=ARN,\(regions.last ?? "")=ARN.")
      }
      clusters[pair[0]] = pair[1]
    }
    return clusters
  }
}
