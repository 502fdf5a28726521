import Catalogs
import Documents
import Planning
import Quantities
import Scaling

/// The machines of a plan as a Karpenter NodePool (karpenter.sh/v1) with the EC2NodeClass that it refers to.
public enum KarpenterExporter {
  public static let descriptor = ExporterDescriptor(
    name: "karpenter",
    summary: "A Karpenter NodePool and EC2NodeClass (v1) for the plan's machines, limited to its peak.",
    parameters: [
      .init("name", default: "the plan's name", "the objects' name, a DNS label"),
      .init("cluster", default: "CLUSTER", "the cluster's name, by which subnets and security groups are tagged"),
      .init("role", default: "KarpenterNodeRole-CLUSTER", "the IAM role of the nodes"),
      .init("capacity", default: "as the plan holds them", "on-demand, spot, or both with a comma between"),
    ],
    example: "headroom export karpenter plan.yaml --set cluster=prod > nodepool.yaml"
  ) { (request) throws(ExportFault) in
    let outcome = request.outcome
    guard let machine = outcome.plan.fleet.machine else {
      throw ExportFault("The plan names no machine. Add machines: [ { type: g5.xlarge } ] to it.")
    }
    guard machine.cloud == "aws" else {
      throw ExportFault("An EC2NodeClass holds machines of AWS, and \(machine.name) is one of \(machine.cloud).")
    }
    let name = try request.name()
    var notes: [String] = []
    let cluster = request.settings["cluster"] ?? "CLUSTER"
    if request.settings["cluster"] == nil { notes.append("The cluster is left to you: set cluster=NAME.") }
    let capacity = (request.settings["capacity"] ?? capacityTypes(outcome.plan.fleet.supply)).split(separator: ",").map(
      String.init)
    if let odd = capacity.first(where: { !["on-demand", "spot", "reserved"].contains($0) }) {
      throw ExportFault("'\(odd)' is no capacity type. Write on-demand, spot or reserved.")
    }
    let types = types(outcome.plan.fleet.supply)
    let machines = max(1, outcome.plan.fleet.supply.holding(outcome.bounds.maximum).fleet.machineCount)
    var out = ManifestWriter()
    pool(name, machine, types, max(machines, outcome.sizing.machines), capacity, &out)
    out.line("---")
    nodeClass(name, machine, cluster, request.settings["role"] ?? "KarpenterNodeRole-\(cluster)", &out)
    return Export(out.text, notes: notes)
  }

  /// The ways in which the plan holds machines, as Karpenter names them.
  private static func capacityTypes(_ supply: Fleet) -> String {
    supply.hasSpot ? "spot,on-demand" : "on-demand"
  }

  /// The machine types of the plan, in order of preference.
  private static func types(_ supply: Fleet) -> [String] {
    supply.machinesByType.map(\.machine.name).filter { !$0.isEmpty }
  }

  private static func pool(
    _ name: String, _ machine: Machine, _ types: [String], _ machines: Int, _ capacity: [String],
    _ out: inout ManifestWriter
  ) {
    let hasGPU = machine.acceleratorCount > 0
    out.line("apiVersion: karpenter.sh/v1")
    out.line("kind: NodePool")
    out.block("metadata") { $0.field("name", name) }
    out.block("spec") { out in
      out.block("template") { out in
        out.block("metadata") { out in
          out.block("labels") { $0.field("headroom.dev/pool", name) }
        }
        out.block("spec") { out in
          out.block("nodeClassRef") { out in
            out.field("group", "karpenter.k8s.aws")
            out.field("kind", "EC2NodeClass")
            out.field("name", name)
          }
          out.line("requirements:")
          func requirement(_ key: String, _ values: [String]) {
            out.item { out in
              out.field("key", key)
              out.field("operator", "In")
              out.list("values", values)
            }
          }
          requirement("node.kubernetes.io/instance-type", types)
          requirement("karpenter.sh/capacity-type", capacity)
          requirement("kubernetes.io/os", ["linux"])
          if hasGPU {
            // Nodes with accelerators are kept for pods that ask for them.
            out.line("taints:")
            out.item { out in
              out.field("key", "nvidia.com/gpu")
              out.field("value", "true")
              out.field("effect", "NoSchedule")
            }
          }
          // Karpenter's own default: nodes are replaced after 30 days.
          out.field("expireAfter", "720h")
        }
      }
      out.block("limits") { out in
        if machine.vcpus > 0 { out.text("cpu", "\(machines * machine.vcpus)") }
        let gibibytes = machine.memory.rawValue / 1_073_741_824
        if gibibytes >= 1 { out.text("memory", "\(Int((gibibytes * Double(machines)).rounded(.up)))Gi") }
        if hasGPU { out.text("nvidia.com/gpu", "\(machines * machine.acceleratorCount)") }
      }
      out.block("disruption") { out in
        // A node that loads a model for minutes is not worth moving for a better fit; only empty ones go.
        out.field("consolidationPolicy", hasGPU ? "WhenEmpty" : "WhenEmptyOrUnderutilized")
        out.field("consolidateAfter", "5m")
        out.line("budgets:")
        out.item { $0.text("nodes", "10%") }
      }
    }
  }

  private static func nodeClass(
    _ name: String, _ machine: Machine, _ cluster: String, _ role: String, _ out: inout ManifestWriter
  ) {
    out.line("apiVersion: karpenter.k8s.aws/v1")
    out.line("kind: EC2NodeClass")
    out.block("metadata") { $0.field("name", name) }
    out.block("spec") { out in
      out.line("amiSelectorTerms:")
      out.item { $0.text("alias", "al2023@latest") }
      out.field("role", role)
      for key in ["subnetSelectorTerms", "securityGroupSelectorTerms"] {
        out.line("\(key):")
        out.item { out in out.block("tags") { $0.text("karpenter.sh/discovery", cluster) } }
      }
    }
  }
}
