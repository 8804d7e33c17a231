import com.aliyuncs.DefaultAcsClient;
import com.aliyuncs.IAcsClient;
import com.aliyuncs.RoaAcsRequest;
import com.aliyuncs.cloudauth.model.v20190307.CompareFacesRequest;
import com.aliyuncs.cloudauth.model.v20190307.CompareFacesResponse;
import com.aliyuncs.exceptions.ClientException;
import com.aliyuncs.green.model.v20180509.AddFacesRequest;
import com.aliyuncs.green.model.v20180509.AddPersonRequest;
import com.aliyuncs.green.model.v20180509.DeletePersonRequest;
import com.aliyuncs.green.model.v20180509.DetectFaceRequest;
import com.aliyuncs.green.model.v20180509.ImageSyncScanRequest;
import com.aliyuncs.http.FormatType;
import com.aliyuncs.http.HttpClientConfig;
import com.aliyuncs.http.ProtocolType;
import com.aliyuncs.profile.DefaultProfile;
import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/**
 * Compare, detect, enrol and search with the classic SDK: aliyun-java-sdk-core, -cloudauth and -green.
 *
 * <pre>VISAGE_ENDPOINT=http://127.0.0.1:3000 VISAGE_KEY_ID=… VISAGE_KEY_SECRET=… java Classic one.jpg another.jpg</pre>
 */
public final class Classic {
    private static final Gson JSON = new Gson();
    private static final String[] ENDPOINT = System.getenv("VISAGE_ENDPOINT").split("://");
    private static final ProtocolType PROTOCOL = ProtocolType.valueOf(ENDPOINT[0].toUpperCase());

    private final IAcsClient client;

    private Classic() {
        DefaultProfile profile = DefaultProfile.getProfile(
                "cn-shanghai", System.getenv("VISAGE_KEY_ID"), System.getenv("VISAGE_KEY_SECRET"));
        HttpClientConfig config = HttpClientConfig.getDefault();
        config.setReadTimeoutMillis(10_000L);
        profile.setHttpClientConfig(config);
        client = new DefaultAcsClient(profile);
    }

    private CompareFacesResponse.Data compare(Path one, Path another) throws Exception {
        CompareFacesRequest request = new CompareFacesRequest();
        request.setSysEndpoint(ENDPOINT[1]);
        request.setSysProtocol(PROTOCOL);
        request.setSourceImageType("FacePic");
        request.setSourceImageValue(inline(one));
        request.setTargetImageType("FacePic");
        request.setTargetImageValue(inline(another));
        return client.getAcsResponse(request).getData();
    }

    private JsonElement green(RoaAcsRequest<?> request, Object body) throws Exception {
        request.setSysEndpoint(ENDPOINT[1]);
        request.setSysProtocol(PROTOCOL);
        request.setSysAcceptFormat(FormatType.JSON);
        request.setHttpContent(JSON.toJson(body).getBytes(StandardCharsets.UTF_8), "UTF-8", FormatType.JSON);
        JsonObject answer = JSON.fromJson(client.doAction(request).getHttpContentString(), JsonObject.class);
        if (answer.get("code").getAsInt() != 200) {
            throw new IllegalStateException(answer.get("code") + ": " + answer.get("msg").getAsString());
        }
        return answer.get("data");
    }

    private void run(Path one, Path another) throws Exception {
        CompareFacesResponse.Data compared = compare(one, another);
        JsonObject thresholds = JSON.fromJson(compared.getConfidenceThresholds(), JsonObject.class);
        boolean same = compared.getSimilarityScore() >= thresholds.get("0.001").getAsFloat();
        System.out.printf("compare: %.2f, %s%n", compared.getSimilarityScore(), same ? "the same person" : "two people");

        JsonObject face = green(new DetectFaceRequest(), Map.of("url", inline(one)))
                .getAsJsonObject().getAsJsonArray("faces").get(0).getAsJsonObject();
        System.out.printf("detect: smile %.2f, glasses %s, %s%n", face.getAsJsonObject("smile").get("value").getAsFloat(),
                face.getAsJsonObject("glasses").get("value").getAsString(),
                face.getAsJsonObject("hairstyle").get("value").getAsString());

        green(new AddPersonRequest(), Map.of(
                "personId", "sample-java", "groupIds", List.of("samples-java"), "name", "Sample"));
        try {
            green(new AddFacesRequest(), Map.of("personId", "sample-java", "urls", List.of(inline(one))));
            Map<String, Object> task = Map.of("url", inline(another), "extras", Map.of("groupId", "samples-java"));
            JsonArray scanned = green(new ImageSyncScanRequest(), Map.of(
                    "scenes", List.of("sface-n"), "tasks", List.of(task))).getAsJsonArray();
            JsonObject result = scanned.get(0).getAsJsonObject().getAsJsonArray("results").get(0).getAsJsonObject();
            JsonObject first = result.getAsJsonArray("topPersonData").get(0).getAsJsonObject()
                    .getAsJsonArray("persons").get(0).getAsJsonObject();
            System.out.printf("search: %s, %s, %.2f%n", result.get("label").getAsString(),
                    first.get("personId").getAsString(), result.get("rate").getAsFloat());
        } finally {
            green(new DeletePersonRequest(), Map.of("personId", "sample-java"));
        }

        try {
            compare(one, Path.of("/dev/null"));
        } catch (ClientException error) {
            System.out.println("refused: " + error.getErrCode());
        }
    }

    private static String inline(Path path) throws Exception {
        return "base64://" + Base64.getEncoder().encodeToString(Files.readAllBytes(path));
    }

    public static void main(String[] photos) throws Exception {
        new Classic().run(Path.of(photos[0]), Path.of(photos[1]));
    }
}
