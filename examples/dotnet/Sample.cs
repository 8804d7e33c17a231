// Compare, detect, enrol and search without an SDK, signed by RPC v1 and ROA v1 as the official .NET SDK signs:
//
//   VISAGE_ENDPOINT=http://127.0.0.1:3000 VISAGE_KEY_ID=… VISAGE_KEY_SECRET=… dotnet run one.jpg another.jpg
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

public static class Sample
{
    private static readonly string Endpoint = Environment.GetEnvironmentVariable("VISAGE_ENDPOINT");
    private static readonly string KeyId = Environment.GetEnvironmentVariable("VISAGE_KEY_ID");
    private static readonly string Secret = Environment.GetEnvironmentVariable("VISAGE_KEY_SECRET");

    public static void Main(string[] photos)
    {
        var compared = Compare(photos[0], photos[1]);
        Console.WriteLine("compare: " + Field(compared, "SimilarityScore"));

        var detected = Green("/green/face/detect", "{\"url\":\"" + Inline(photos[0]) + "\"}");
        Console.WriteLine("detect: glasses " + Regex.Match(detected, "\"glasses\":\\{\"value\":\"(\\w+)\"").Groups[1].Value);

        Green("/green/sface/person/add", "{\"personId\":\"sample-net\",\"groupIds\":[\"samples-net\"],\"name\":\"Sample\"}");
        try
        {
            Green("/green/sface/face/add", "{\"personId\":\"sample-net\",\"urls\":[\"" + Inline(photos[0]) + "\"]}");
            var searched = Green("/green/sface/search", "{\"groupId\":\"samples-net\",\"url\":\"" + Inline(photos[1]) + "\"}");
            Console.WriteLine("search: " + Field(searched, "label") + ", " + Field(searched, "personId"));
        }
        finally
        {
            Green("/green/sface/person/delete", "{\"personId\":\"sample-net\"}");
        }
    }

    private static string Compare(string one, string another)
    {
        return Rpc("CompareFaces", new Dictionary<string, string>
        {
            { "SourceImageType", "FacePic" }, { "SourceImageValue", Inline(one) },
            { "TargetImageType", "FacePic" }, { "TargetImageValue", Inline(another) },
        });
    }

    private static string Rpc(string action, IDictionary<string, string> business)
    {
        var parameters = new SortedDictionary<string, string>(business, StringComparer.Ordinal)
        {
            { "Action", action }, { "Version", "2019-03-07" }, { "Format", "JSON" }, { "AccessKeyId", KeyId },
            { "SignatureMethod", "HMAC-SHA1" }, { "SignatureVersion", "1.0" },
            { "SignatureNonce", Guid.NewGuid().ToString() },
            { "Timestamp", DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ") },
        };
        var canonical = string.Join("&", parameters.Select(each => Encode(each.Key) + "=" + Encode(each.Value)));
        var signature = Sign("POST&%2F&" + Encode(canonical), Secret + "&");
        var body = canonical + "&Signature=" + Encode(signature);
        return Post("/", body, new Dictionary<string, string>(), "application/x-www-form-urlencoded", null, DateTime.UtcNow);
    }

    private static string Green(string path, string body)
    {
        var now = DateTime.UtcNow;
        var md5 = Convert.ToBase64String(MD5.Create().ComputeHash(Encoding.UTF8.GetBytes(body)));
        var acs = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            { "x-acs-signature-method", "HMAC-SHA1" }, { "x-acs-signature-nonce", Guid.NewGuid().ToString() },
            { "x-acs-signature-version", "1.0" }, { "x-acs-version", "2018-05-09" },
        };
        var lines = string.Concat(acs.Select(each => each.Key + ":" + each.Value + "\n"));
        var text = "POST\napplication/json\n" + md5 + "\napplication/json\n" + now.ToString("R") + "\n" + lines + path;
        acs["Authorization"] = "acs " + KeyId + ":" + Sign(text, Secret);
        var answer = Post(path, body, acs, "application/json", md5, now);
        if (Field(answer, "code") != "200") throw new InvalidOperationException(answer);
        return answer;
    }

    private static string Post(
        string path, string body, IDictionary<string, string> headers, string type, string md5, DateTime date)
    {
        var request = (HttpWebRequest)WebRequest.Create(Endpoint + path);
        request.Method = "POST";
        request.Accept = "application/json";
        request.ContentType = type;
        request.Date = date;
        request.Timeout = 10000;
        if (md5 != null) request.Headers["Content-MD5"] = md5;
        foreach (var each in headers) request.Headers[each.Key] = each.Value;
        var content = Encoding.UTF8.GetBytes(body);
        using (var stream = request.GetRequestStream()) stream.Write(content, 0, content.Length);
        try
        {
            using (var reader = new StreamReader(request.GetResponse().GetResponseStream())) return reader.ReadToEnd();
        }
        catch (WebException error) when (error.Response != null)
        {
            using (var reader = new StreamReader(error.Response.GetResponseStream())) return reader.ReadToEnd();
        }
    }

    private static string Sign(string text, string key)
    {
        using (var hmac = new HMACSHA1(Encoding.UTF8.GetBytes(key)))
            return Convert.ToBase64String(hmac.ComputeHash(Encoding.UTF8.GetBytes(text)));
    }

    /// RFC 3986; Uri.EscapeDataString gives up on long texts.
    private static string Encode(string text)
    {
        var encoded = new StringBuilder(text.Length * 3 / 2);
        foreach (var each in Encoding.UTF8.GetBytes(text))
        {
            var plain = (each >= 'A' && each <= 'Z') || (each >= 'a' && each <= 'z') || (each >= '0' && each <= '9')
                || each == '-' || each == '_' || each == '.' || each == '~';
            encoded.Append(plain ? ((char)each).ToString() : "%" + each.ToString("X2"));
        }
        return encoded.ToString();
    }

    private static string Inline(string path)
    {
        return "base64://" + Convert.ToBase64String(File.ReadAllBytes(path));
    }

    /// The first field of this name: enough for a sample, and no library is needed.
    private static string Field(string json, string name)
    {
        return Regex.Match(json, "\"" + name + "\":\"?([^\",}]*)").Groups[1].Value;
    }
}
