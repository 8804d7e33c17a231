import com.aliyun.tea.TeaException;
import com.aliyun.teaopenapi.Client;
import com.aliyun.teaopenapi.models.Config;
import com.aliyun.teaopenapi.models.OpenApiRequest;
import com.aliyun.teaopenapi.models.Params;
import com.aliyun.teautil.models.RuntimeOptions;
import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/**
 * Compare, detect, enrol and search with Tea's core, com.aliyun:tea-openapi, which signs by ACS3-HMAC-SHA256.
 *
 * <pre>VISAGE_ENDPOINT=http://127.0.0.1:3000 VISAGE_KEY_ID=… VISAGE_KEY_SECRET=… java Tea one.jpg another.jpg</pre>
 */
public final class Tea {
    private static final Gson JSON = new Gson();
    private static final String[] ENDPOINT = System.getenv("VISAGE_ENDPOINT").split("://");

    private final Client client;
    private final RuntimeOptions runtime = new RuntimeOptions().setReadTimeout(10_000);

    private Tea() throws Exception {
        client = new Client(new Config()
                .setAccessKeyId(System.getenv("VISAGE_KEY_ID"))
                .setAccessKeySecret(System.getenv("VISAGE_KEY_SECRET"))
                .setEndpoint(ENDPOINT[1])
                .setProtocol(ENDPOINT[0]));
    }

    private JsonObject call(Params params, OpenApiRequest request) throws Exception {
        return JSON.toJsonTree(client.callApi(params, request, runtime).get("body")).getAsJsonObject();
    }

    private static Params params(String action, String version, String style, String path, String body) {
        return new Params().setAction(action).setVersion(version).setProtocol(ENDPOINT[0]).setPathname(path)
                .setMethod("POST").setAuthType("AK").setStyle(style).setReqBodyType(body).setBodyType("json");
    }

    private JsonObject compare(Path one, Path another) throws Exception {
        Params params = params("CompareFaces", "2019-03-07", "RPC", "/", "formData");
        return call(params, new OpenApiRequest().setBody(Map.of(
                "SourceImageType", "FacePic", "SourceImageValue", inline(one),
                "TargetImageType", "FacePic", "TargetImageValue", inline(another)))).getAsJsonObject("Data");
    }

    private JsonElement green(String action, String path, Map<String, ?> body) throws Exception {
        JsonObject answer = call(params(action, "2018-05-09", "ROA", path, "json"), new OpenApiRequest().setBody(body));
        if (answer.get("code").getAsInt() != 200) {
            throw new IllegalStateException(answer.get("code") + ": " + answer.get("msg").getAsString());
        }
        return answer.get("data");
    }

    private void run(Path one, Path another) throws Exception {
        JsonObject compared = compare(one, another);
        JsonObject thresholds = JSON.fromJson(compared.get("ConfidenceThresholds").getAsString(), JsonObject.class);
        float score = compared.get("SimilarityScore").getAsFloat();
        boolean same = score >= thresholds.get("0.001").getAsFloat();
        System.out.printf("compare: %.2f, %s%n", score, same ? "the same person" : "two people");

        JsonObject face = green("DetectFace", "/green/face/detect", Map.of("url", inline(one)))
                .getAsJsonObject().getAsJsonArray("faces").get(0).getAsJsonObject();
        System.out.printf("detect: smile %.2f, glasses %s, %s%n", face.getAsJsonObject("smile").get("value").getAsFloat(),
                face.getAsJsonObject("glasses").get("value").getAsString(),
                face.getAsJsonObject("hairstyle").get("value").getAsString());

        green("AddPerson", "/green/sface/person/add", Map.of(
                "personId", "sample-java-tea", "groupIds", List.of("samples-java-tea"), "name", "Sample"));
        try {
            green("AddFaces", "/green/sface/face/add", Map.of(
                    "personId", "sample-java-tea", "urls", List.of(inline(one))));
            Map<String, Object> task = Map.of("url", inline(another), "extras", Map.of("groupId", "samples-java-tea"));
            JsonObject result = green("ImageSyncScan", "/green/image/scan", Map.of(
                    "scenes", List.of("sface-n"), "tasks", List.of(task))).getAsJsonArray()
                    .get(0).getAsJsonObject().getAsJsonArray("results").get(0).getAsJsonObject();
            JsonObject first = result.getAsJsonArray("topPersonData").get(0).getAsJsonObject()
                    .getAsJsonArray("persons").get(0).getAsJsonObject();
            System.out.printf("search: %s, %s, %.2f%n", result.get("label").getAsString(),
                    first.get("personId").getAsString(), result.get("rate").getAsFloat());
        } finally {
            green("DeletePerson", "/green/sface/person/delete", Map.of("personId", "sample-java-tea"));
        }

        try {
            compare(one, Path.of("/dev/null"));
        } catch (TeaException error) {
            System.out.println("refused: " + error.getCode());
        }
    }

    private static String inline(Path path) throws Exception {
        return "base64://" + Base64.getEncoder().encodeToString(Files.readAllBytes(path));
    }

    public static void main(String[] photos) throws Exception {
        new Tea().run(Path.of(photos[0]), Path.of(photos[1]));
    }
}
