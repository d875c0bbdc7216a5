import { Type } from 'class-transformer';
import { IsArray, IsNotEmpty, IsObject, IsOptional, IsString, MaxLength, ValidateNested } from 'class-validator';

class SubjectDto {
  @IsString()
  @IsNotEmpty()
  declare readonly type: string;

  @IsString()
  @IsNotEmpty()
  declare readonly id: string;
}

/** A start as the callers of the bench send it. */
export class StartRunDto {
  @IsString()
  @IsNotEmpty()
  declare readonly connection: string;

  @IsString()
  @IsNotEmpty()
  declare readonly definition: string;

  @ValidateNested()
  @Type(() => SubjectDto)
  declare readonly subject: SubjectDto;

  @IsObject()
  declare readonly variables: Readonly<Record<string, string>>;

  @IsOptional()
  @IsString()
  @MaxLength(255)
  declare readonly businessKey?: string;

  @IsArray()
  @IsString({ each: true })
  declare readonly tags: string[];
}
