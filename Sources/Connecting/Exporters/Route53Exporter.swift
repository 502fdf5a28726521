import Planning
import Quantities

/// How traffic is led around a lost region: Route 53's health checks and weighted records, in Terraform's language.
public enum Route53Exporter {
  public static let descriptor = ExporterDescriptor(
    name: "route53",
    summary: "Route 53 health checks and weighted records for the plan's regions, in Terraform's language.",
    parameters: [
      .init("name", default: "the plan's name", "the records' name in Terraform, a DNS label"),
      .init("domain", default: "service.example.com", "the name that clients resolve"),
      .init("path", default: "/healthz", "what a check asks for"),
      .init("zone", default: "var.zone_id", "the hosted zone's id, as Terraform writes it"),
    ],
    example: "headroom export route53 plan.yaml --set domain=api.shop.example > route53.tf", ending: "tf"
  ) { (request) throws(ExportFault) in
    let outcome = request.outcome
    let regions = outcome.sizing.regions
    guard regions.count > 1 else {
      throw ExportFault(
        "There is nothing to lead traffic between. Add regions: { us-east-1: { share: 60% }, eu-west-1: { share: 40% } } to the plan."
      )
    }
    let name = TerraformText.identifier(try request.name())
    let domain = request.settings["domain"] ?? "service.example.com"
    let path = request.settings["path"] ?? "/healthz"
    let mechanism = outcome.plan.recovery.mechanism
    // Route 53 checks every 10 or 30 seconds, and nothing between.
    let interval = mechanism.interval <= 10 ? 10 : 30
    let threshold = min(10, max(1, Int(mechanism.threshold)))
    let timeToLive = max(0, Int(mechanism.timeToLive > 0 ? mechanism.timeToLive : 60))
    var notes: [String] = []
    if Double(interval) != mechanism.interval {
      notes.append(
        "Route 53 checks every 10 or 30 s: \(interval) s stands for the \(NumberFormat.significant(mechanism.interval, 3)) s of the plan's routing."
      )
    }
    if request.settings["domain"] == nil { notes.append("The domain is left to you: set domain=NAME.") }
    notes.append("Each region's address is a variable: endpoints = { REGION = ADDRESS }.")
    var out = "variable \"zone_id\" { type = string }\n"
    out += "variable \"endpoints\" { type = map(string) } # region = DNS name of its load balancer\n"
    for region in regions {
      let id = "\(name)_\(TerraformText.identifier(region.name))"
      out += """

        resource "aws_route53_health_check" "\(id)" {
          type              = "HTTPS"
          port              = 443
          fqdn              = var.endpoints["\(TerraformText.quoted(region.name))"]
          resource_path     = "\(TerraformText.quoted(path))"
          request_interval  = \(interval)
          failure_threshold = \(threshold)
        }

        resource "aws_route53_record" "\(id)" {
          zone_id         = \(request.settings["zone"].map { "\"\(TerraformText.quoted($0))\"" } ?? "var.zone_id")
          name            = "\(TerraformText.quoted(domain))"
          type            = "CNAME"
          ttl             = \(timeToLive)
          set_identifier  = "\(TerraformText.quoted(region.name))"
          health_check_id = aws_route53_health_check.\(id).id
          records         = [var.endpoints["\(TerraformText.quoted(region.name))"]]
          weighted_routing_policy { weight = \(max(1, Int((region.share * 255).rounded()))) }
        }

        """
    }
    return Export(out, notes: notes)
  }
}

/// Text as Terraform's language (HCL 2) wants it.
enum TerraformText {
  /// Letters, digits, hyphens and underscores, not beginning with a digit.
  static func identifier(_ text: String) -> String {
    let plain = String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    return plain.first?.isNumber ?? true ? "r_" + plain : plain
  }
  /// Inside double quotes: quotes, backslashes and template signs escaped.
  static func quoted(_ text: String) -> String {
    var escaped = ""
    for character in text {
      switch character {
      case "\"", "\\": escaped += "\\\(character)"
      case "\n": escaped += "\\n"
      default: escaped.append(character)
      }
    }
    return escaped.replacing("${", with: "$${").replacing("%{", with: "%%{")
  }
}
